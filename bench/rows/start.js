import { take } from '../measure.js';

/** @import { Row } from '../row.js' */

/** @type {Row} */
export const version = {
  name: 'version',
  what: '`--version`',
  against: '`node -e 0`',
  goal: 1.5,
  stable: true,
  prepare: (bench) => againstNode(bench, bench.tool('--version')),
};

/** @type {Row} */
export const help = {
  name: 'help',
  what: '`--help`',
  against: '`node -e 0`',
  goal: 1.5,
  stable: true,
  prepare: (bench) => againstNode(bench, bench.tool('--help')),
};

/** @type {Row} */
export const scaffold = {
  name: 'scaffold',
  what: 'a package plugin, without an install',
  against: '`node -e 0`',
  goal: 2.5,
  prepare: (bench) => againstNode(bench, (run) => bench.tool(`scaffold${run}`, '--yes')),
};

/**
 * @param {import('../bench.js').Bench} bench
 * @param {readonly string[] | ((run: number) => readonly string[])} command
 */
function againstNode({ work, env }, command) {
  return {
    ours: (/** @type {number} */ run) =>
      take(typeof command === 'function' ? command(run) : command, { cwd: work, env }),
    reference: () => take([process.execPath, '-e', '0'], { cwd: work, env }),
  };
}
