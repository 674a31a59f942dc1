import { firstRun } from './rows/first-run.js';
import { growth } from './rows/growth.js';
import { rest, restConcurrent } from './rows/rest.js';
import { help, scaffold, version } from './rows/start.js';
import { tenPytest, tenSamples } from './rows/ten-samples.js';
import { threeThousand } from './rows/three-thousand.js';
import { threeVersions, threeVersionsMany } from './rows/three-versions.js';
import { watch, watchMany } from './rows/watch.js';

/**
 * @typedef {import('./measure.js').Taken} Taken
 * @typedef {import('./bench.js').Bench} Bench
 *
 * @typedef {object} Pair
 * @property {(run: number) => Taken} ours is told the number of the run; that of the warm-up is -1
 * @property {(run: number) => Taken} reference
 * @property {() => string} [note] what else was seen, once all runs are over
 *
 * @typedef {object} Row
 * @property {string} name for `--row`
 * @property {string} what
 * @property {string} against
 * @property {number} goal the ratio of the two that is to be reached, of the median
 * @property {number} [runs] where they take so long that fewer have to do
 * @property {boolean} [unstable] where the ratio says too little on a machine that does other things as well: `--check` leaves it out
 * @property {boolean} [stable] where the ratio of processor time is about the same on any machine, whatever else it does: `--stable` has these alone
 * @property {(bench: Bench) => Pair} prepare makes what both need
 */

/** In the order of the table. A row for a new feature is a file in `rows/`, and a line here. @type {readonly Row[]} */
export const rows = [
  version,
  help,
  scaffold,
  tenSamples,
  tenPytest,
  watch,
  watchMany,
  threeThousand,
  threeVersions,
  threeVersionsMany,
  growth,
  firstRun,
  rest,
  restConcurrent,
];
