import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where tests keep what is slow to make, from one run to the next. */
export const testCache: string =
  process.env['CDP_TEST_CACHE'] ?? join(tmpdir(), 'create-dstack-plugin-test-cache');

/** The cache folder of the executable under test: its engine environments are shared by all tests. */
export const engineCache: string = join(testCache, 'kept');
