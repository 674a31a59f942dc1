import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */
/** @import { Bench } from '../bench.js' */

/** @type {Row} */
export const tenSamples = {
  name: 'ten-samples',
  what: '`test`, ten samples, environment kept',
  against: 'bare loop, one phase',
  goal: 1.15,
  stable: true,
  prepare(bench) {
    const cwd = bench.project(10);
    const loop = bench.bareLoop(cwd, 1);
    return { ours: () => ours(bench, cwd), reference: () => take(loop, { cwd, env: bench.env }) };
  },
};

/** @type {Row} */
export const tenPytest = {
  name: 'ten-samples-pytest',
  what: '`test`, ten samples, environment kept',
  against: 'the same replays in pytest',
  // At least 1.6 times faster.
  goal: 0.625,
  prepare(bench) {
    const cwd = bench.project(10);
    const { python, env, file } = pytestReplays(bench, cwd);
    const pytest = [python, '-m', 'pytest', '-q', file];
    return { ours: () => ours(bench, cwd), reference: () => take(pytest, { cwd: bench.work, env }) };
  },
};

/**
 * Gets a project's environment ready for the same replays in pytest, and for saves under a watcher that runs it anew.
 *
 * @param {Bench} bench
 * @param {string} project
 */
export function pytestReplays(bench, project) {
  const python = bench.python(project);
  const how = ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python];
  const { status, stderr } = spawnSync(uvOf(bench), [...how, 'pytest==9.2.0', 'watchfiles==1.3.0'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`pytest can't be installed: ${stderr}`);
  const env = {
    ...bench.env,
    BENCH_PLUGIN: 'example_plugin',
    BENCH_SAMPLES: join(project, 'samples'),
    BENCH_RECORDED: join(bench.work, `recorded-${basename(project)}.json`),
  };
  return { python, env, file: fileURLToPath(new URL('../programs/test_replays.py', import.meta.url)) };
}

/** @param {Bench} bench @param {string} cwd */
function ours(bench, cwd) {
  return take(bench.tool('test', '--dstack', dstack), { cwd, env: bench.env });
}

/** The uv that the tool installed for itself, where PATH has none. @param {Bench} bench */
export function uvOf({ work }) {
  const own = join(work, 'cache/uv');
  const files = existsSync(own) ? readdirSync(own, { recursive: true, withFileTypes: true }) : [];
  const found = files.find((entry) => entry.isFile() && entry.name === 'uv');
  return found === undefined ? 'uv' : join(found.parentPath, found.name);
}
