import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */

const versions = ['0.21.5', '0.22.0', dstack];

/** @type {Row} */
export const threeVersions = threeVersionsOf(10, 'three-versions');
/** Here one version alone keeps more than one processor busy, so that two of them leave less for the others. @type {Row} */
export const threeVersionsMany = threeVersionsOf(300, 'three-versions-300');

/** @param {number} samples @param {string} name @returns {Row} */
function threeVersionsOf(samples, name) {
  return {
    name,
    what: `three dstack versions, ${samples} samples`,
    against: 'one version',
    goal: 1.8,
    prepare(bench) {
      const cwd = bench.project(samples, versions);
      const { env } = bench;
      return {
        ours: () => take(bench.tool('test', '--dstack', versions.join()), { cwd, env }),
        reference: () => take(bench.tool('test', '--dstack', dstack), { cwd, env }),
      };
    },
  };
}
