import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ran } from './scaffold/dstack-python.ts';
import { engineCache } from './test-cache.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** The package as a user gets it. */
export interface Packed {
  readonly tarball: string;
  /** Of the tarball, in bytes. */
  readonly size: number;
  /** The folder that it was installed into. */
  readonly folder: string;
  /** Its executable, as npm linked it. */
  readonly executable: string;
  /** The names of all packages that came with it. */
  readonly packages: readonly string[];
}

/** Packs the package and installs the tarball into a folder, with an empty npm cache. */
export function pack(into: string): Packed {
  const folder = join(into, 'installed');
  mkdirSync(folder, { recursive: true });
  const npm = (args: readonly string[], cwd: string): string =>
    execFileSync('npm', [...args, '--cache', join(into, 'npm-cache'), '--no-audit', '--no-fund'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
  // The global setup has built it; building again would pull the executable from under other tests.
  npm(['pack', '--ignore-scripts', '--pack-destination', into], repository);
  const tarball = join(into, readdirSync(into).find((name) => name.endsWith('.tgz')) ?? '');
  npm(['init', '--yes'], folder);
  npm(['install', tarball], folder);
  const modules = join(folder, 'node_modules');
  return {
    tarball,
    size: statSync(tarball).size,
    folder,
    executable: join(modules, '.bin', 'create-dstack-plugin'),
    packages: readdirSync(modules).filter((name) => !name.startsWith('.')),
  };
}

/** Packs the package into a folder, and runs what was packed: to its end, which has to be a good one. Returns the output. */
export function packedTool(into: string): (cwd: string, ...args: readonly string[]) => Promise<string> {
  const { executable } = pack(mkdtempSync(join(into, 'packed-')));
  return async (cwd, ...args) => {
    const { code, output } = await ran(executable, args, cwd, { CREATE_DSTACK_PLUGIN_CACHE: engineCache });
    expect(code, `${args.join(' ')}\n${output}`).toBe(0);
    return output;
  };
}

/** The version of pnpm that tests run; it comes with npm. */
const pnpm = 'pnpm@10.34.8';

/**
 * Installs a tarball by pnpm into a folder that is made.
 *
 * @returns the executable of the package, as pnpm linked it
 */
export function installedByPnpm(tarball: string, folder: string): string {
  const tools = join(folder, 'tools');
  const project = join(folder, 'project');
  mkdirSync(tools, { recursive: true });
  mkdirSync(project);
  const call = (file: string, args: readonly string[], cwd: string): void => {
    const env = { ...process.env, XDG_DATA_HOME: folder };
    execFileSync(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  call('npm', ['install', '--prefix', tools, '--no-audit', '--no-fund', pnpm], tools);
  call(join(tools, 'node_modules/.bin/pnpm'), ['add', `file:${tarball}`], project);
  return join(project, 'node_modules/.bin/create-dstack-plugin');
}
