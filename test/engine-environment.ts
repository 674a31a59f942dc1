import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { openCache } from '../src/engine/cache.ts';
import { withLock } from '../src/engine/lock.ts';
import { findUv } from '../src/engine/uv.ts';
import { testCache } from './test-cache.ts';

const run = promisify(execFile);

const never = new AbortController().signal;
const silent = (): void => {};

/** What the worker's own checks need beside dstack. */
const tools = ['pytest==9.2.0', 'ruff==0.17.6'];

export interface TestEngine {
  readonly python: string;
}

/**
 * A kept Python environment with a dstack version, pytest and ruff in it, made where there is none yet. It is built beside its place
 * and renamed into it, under a lock, so that test files that run at once neither build it twice nor see half of it.
 *
 * @param dstack a version, such as `0.22.5`
 * @param extras of dstack, such as `server`
 * @param plugin the folder of a plugin to install as well; another environment for each state of its files
 */
export async function testEngine(
  dstack: string,
  extras: readonly string[] = [],
  plugin: string | null = null,
): Promise<TestEngine> {
  const packages = [`dstack${extras.length > 0 ? `[${extras.join(',')}]` : ''}==${dstack}`, ...tools];
  const cache = openCache(testCache);
  const name = plugin === null ? '' : `-${basename(plugin)}-${hashOf(plugin)}`;
  const place = join(cache, `engine-${packages.join('-').replace(/[^\w.]+/g, '-')}${name}`);
  if (existsSync(place)) return { python: join(place, 'bin', 'python') };
  // The uv of PATH, else one of our own: a fresh machine has none.
  const uv = await findUv(cache, silent, never);
  await once(place, async (building) => {
    await run(uv, ['venv', '--quiet', '--relocatable', building]);
    const python = join(building, 'bin', 'python');
    const wanted = plugin === null ? packages : [...packages, plugin];
    await run(uv, ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python, ...wanted]);
  });
  return { python: join(place, 'bin', 'python') };
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest('hex').slice(0, 12);
}

/** Builds a folder unless it is there. */
async function once(place: string, build: (building: string) => Promise<void>): Promise<void> {
  await withLock(`${place}.lock`, silent, never, async () => {
    if (existsSync(place)) return;
    const building = `${place}.new`;
    rmSync(building, { recursive: true, force: true });
    await build(building);
    renameSync(building, place);
  });
}
