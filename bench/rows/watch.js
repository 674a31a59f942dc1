import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dstack } from '../bench.js';
import { pytestReplays } from './ten-samples.js';

/** @import { Row } from '../row.js' */
/** @import { Command, Taken } from '../measure.js' */

const program = fileURLToPath(new URL('../programs/watch_save.js', import.meta.url));

/** @type {Row} */
export const watch = watchOf(10);
/** @type {Row} */
export const watchMany = watchOf(300);

/** @param {number} samples @returns {Row} */
function watchOf(samples) {
  return {
    name: `watch-${samples}`,
    what: `a policy saved under \`test --watch\`, ${samples} samples`,
    against: 'the same save under `watchfiles`, which runs pytest anew',
    // At least nine times faster.
    goal: 0.111,
    prepare(bench) {
      const cwd = bench.project(samples);
      const policy = join(cwd, 'src/example_plugin/__init__.py');
      const { python, env, file } = pytestReplays(bench, cwd);
      const tool = bench.tool('test', '--watch', '--dstack', dstack);
      const pytest = `'${python}' -m pytest -q '${file}'`;
      const watcher = [python, '-m', 'watchfiles', '--filter', 'python', pytest, join(cwd, 'src')];
      return {
        ours: () => save(cwd, policy, '\\d+ replays', tool, bench.env),
        reference: () => save(bench.work, policy, '\\d+ passed', watcher, env),
      };
    },
  };
}

/**
 * @param {string} cwd
 * @param {string} file
 * @param {string} shown
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Taken}
 */
function save(cwd, file, shown, command, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, cwd, file, shown, ...command], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return { wall: Number(stdout), cpu: Number.NaN };
}
