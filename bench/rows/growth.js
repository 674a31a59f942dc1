import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */

/** @type {Row} */
export const growth = {
  name: 'growth',
  what: 'a sample more, from 1,000 to 10,000',
  against: 'a sample more, from 100 to 1,000',
  goal: 1.15,
  runs: 3,
  prepare(bench) {
    const [small, middle, large] = [bench.project(100), bench.project(1000), bench.project(10_000)];
    const memory = join(bench.work, 'memory');
    const watch = new URL('../programs/memory.js', import.meta.url).href;
    const env = { ...bench.env, BENCH_MEMORY: memory, NODE_OPTIONS: `--import=${watch}` };
    const test = (/** @type {string} */ cwd) => take(bench.tool('test', '--dstack', dstack), { cwd, env });
    const peaks = (/** @type {string} */ cwd) => {
      rmSync(memory, { force: true });
      test(cwd);
      return readFileSync(memory, 'utf8');
    };
    const each = (/** @type {string} */ cwd, /** @type {number} */ more, /** @type {string} */ than) => {
      const [a, b] = [test(than), test(cwd)];
      return { wall: (b.wall - a.wall) / more, cpu: (b.cpu - a.cpu) / more };
    };
    return {
      ours: () => each(large, 9000, middle),
      reference: () => each(middle, 900, small),
      note: () => `peaks: 1,000 samples ${peaks(middle)}; 10,000 samples ${peaks(large)}`,
    };
  },
};
