import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { engineCache } from './test-cache.ts';

/** The built executable. `test/global-setup.ts` builds it before any test runs. */
export const executable = fileURLToPath(new URL('../bin/create-dstack-plugin.js', import.meta.url));

/** Whoever runs the tests has a name of their own there, and hooks. */
export const noGitConfiguration = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } as const;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What standard input holds before it ends; by default it is empty. */
  readonly input?: string;
  /** Options for node itself, before the executable. */
  readonly node?: readonly string[];
  /** Gets the process as soon as it runs, to send it signals. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built executable without a terminal and not in CI, to its end, with the engine environments that tests share. */
export function run(
  args: readonly string[],
  { cwd, env, input = '', node = [], onStart }: RunOptions,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, executable, ...args], {
      cwd,
      env: {
        ...process.env,
        CI: undefined,
        NO_COLOR: undefined,
        FORCE_COLOR: undefined,
        ...noGitConfiguration,
        CREATE_DSTACK_PLUGIN_CACHE: engineCache,
        ...env,
      },
      stdio: 'pipe',
    });
    onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (data) => {
      stdout += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** A folder of its own for a test, with symbolic links resolved, removed when the test ends. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file and folder below a folder, relative to it, sorted; folders end with a slash. */
export function treeOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/');
      return entry.isDirectory() ? `${path}/` : path;
    })
    .sort();
}
