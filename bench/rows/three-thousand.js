import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */

/** @type {Row} */
export const threeThousand = {
  name: 'three-thousand',
  what: '3,000 replays: plan and apply, blame, findings, expectations',
  against: 'bare loop, both phases, one process',
  goal: 1,
  prepare(bench) {
    const cwd = bench.project(3000);
    const loop = bench.bareLoop(cwd, 2);
    const { env } = bench;
    return {
      ours: () => take(bench.tool('test', '--dstack', dstack), { cwd, env }),
      reference: () => take(loop, { cwd, env }),
    };
  },
};
