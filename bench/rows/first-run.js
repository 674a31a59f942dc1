import { rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { dstack } from '../bench.js';
import { take } from '../measure.js';
import { uvOf } from './ten-samples.js';

/** @import { Row } from '../row.js' */

/** @type {Row} */
export const firstRun = {
  name: 'first-run',
  what: 'the first `test` ever, with empty caches',
  against: '`uv venv` and `uv pip install` of the same',
  goal: 1.2,
  unstable: true,
  prepare(bench) {
    const cwd = bench.project(10);
    const uv = uvOf(bench);
    const folder = join(bench.work, 'first');
    const empty = () => rmSync(folder, { recursive: true, force: true });
    const env = {
      ...bench.env,
      // Both have a uv on PATH; what it downloads, neither has yet.
      PATH: uv === 'uv' ? process.env['PATH'] : `${dirname(uv)}${delimiter}${process.env['PATH']}`,
      UV_CACHE_DIR: join(folder, 'uv-cache'),
      CREATE_DSTACK_PLUGIN_CACHE: join(folder, 'cache'),
    };
    const venv = join(folder, 'venv');
    const byHand = `uv venv -q --python 3.11 '${venv}' && uv pip install -q --python '${venv}/bin/python' 'dstack==${dstack}' -e .`;
    return {
      ours() {
        empty();
        return take(bench.tool('test', '--dstack', dstack), { cwd, env });
      },
      reference() {
        empty();
        return take(['sh', '-c', byHand], { cwd, env });
      },
    };
  },
};
