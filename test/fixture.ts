import { cpSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { testCache } from './test-cache.ts';

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

/**
 * A fresh copy of a fixture. It lies at the same place for every test of a file, so that they share one engine, which belongs to a project's
 * path; other test files have places of their own.
 *
 * @returns the copy's folder, with symbolic links resolved
 */
export function copyOfFixture(name: string): string {
  const parent = join(testCache, 'projects', basename(expect.getState().testPath ?? '', '.test.ts'));
  mkdirSync(parent, { recursive: true });
  const folder = join(realpathSync(parent), basename(name));
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(fixtures, name), folder, { recursive: true });
  return folder;
}
