import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */

const versions = ['0.21.5', '0.22.0', dstack];

/** @type {Row} */
export const threeVersions = {
  name: 'three-versions',
  what: 'three dstack versions, 300 samples',
  against: 'one version',
  goal: 1.8,
  prepare(bench) {
    const cwd = bench.project(300, versions);
    const { env } = bench;
    return {
      ours: () => take(bench.tool('test', '--dstack', versions.join()), { cwd, env }),
      reference: () => take(bench.tool('test', '--dstack', dstack), { cwd, env }),
    };
  },
};
