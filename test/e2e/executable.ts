import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

export const repository: string = fileURLToPath(new URL('../..', import.meta.url));
const executable = join(repository, 'bin/create-dstack-plugin.js');

/** Where tests keep engine environments, shared by all of them and by later runs. */
export const testCache: string =
  process.env['CDP_TEST_CACHE'] ?? join(tmpdir(), 'create-dstack-plugin-test-cache');

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Added to a small environment: PATH, HOME, the shared cache, no colour, no CI. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built executable as a user would, without a terminal. */
export function run(args: readonly string[], options: RunOptions): Promise<Result> {
  const child = spawn(process.execPath, [executable, ...args], {
    cwd: options.cwd,
    env: { ...environment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** The environment that the executable runs in: what a plain shell has, with the caches of the tests. */
export function environment(): Record<string, string> {
  const passed = Object.entries(process.env).filter(
    ([name]) => !/^(CI|NO_COLOR|FORCE_COLOR|VITEST.*|NODE_.*|GITHUB_.*|npm_.*)$/.test(name),
  );
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    NO_COLOR: '1',
    CREATE_DSTACK_PLUGIN_CACHE: join(testCache, 'kept'),
  };
}

/** A new folder outside the repository, with symbolic links resolved; removed after the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A fresh copy of a fixture. It lies at the same place for every test of a file, so that they share one engine, which belongs to a project's
 * path; the files of other tests have places of their own.
 */
export function copyOfFixture(name: string): string {
  const testFile = basename(expect.getState().testPath ?? '', '.test.ts');
  const folder = join(realpathSync(makeFolder(join(testCache, 'projects', testFile))), basename(name));
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(repository, 'test/fixtures', name), folder, { recursive: true });
  return folder;
}

function makeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
