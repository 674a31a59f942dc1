import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where tests keep what is slow to make, from one run to the next. */
export const testCache: string =
  process.env['CDP_TEST_CACHE'] ?? join(tmpdir(), 'create-dstack-plugin-test-cache');

/** The cache folder of the executable under test: its engine environments are shared by all tests. */
export const engineCache: string = join(testCache, 'kept');

/**
 * A folder in the test cache that is made once, beside its place, since other tests may need it at the same time.
 *
 * @param path in the cache
 * @param make fills the folder, which isn't there yet
 * @returns the folder
 */
export async function keptFolder(path: string, make: (building: string) => Promise<void>): Promise<string> {
  const kept = join(testCache, path);
  if (existsSync(kept)) return kept;
  const building = `${kept}.${process.pid}`;
  // Closed to others, as the tool wants the folder that it keeps uv in.
  mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
  await make(building);
  try {
    renameSync(building, kept);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
  return kept;
}
