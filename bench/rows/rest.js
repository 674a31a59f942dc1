import { spawn, spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dstack } from '../bench.js';
import { take } from '../measure.js';

/** @import { Row } from '../row.js' */
/** @import { Bench } from '../bench.js' */

const samples = 300;
const service = fileURLToPath(new URL('../trivial_service.js', import.meta.url));

/** @type {Row} */
export const rest = restRow('rest', 'one after another', false);
/** @type {Row} */
export const restConcurrent = restRow('rest-concurrent', '`concurrent: true`', true);

/**
 * @param {string} name
 * @param {string} how
 * @param {boolean} concurrent
 * @returns {Row}
 */
function restRow(name, how, concurrent) {
  return {
    name,
    what: `${samples} samples through a trivial plugin service, ${how}`,
    against: "dstack's own client in a loop, the plan and the apply of each",
    goal: concurrent ? 1 : 1.15,
    prepare(bench) {
      const url = serve();
      const cwd = projectOf(bench, name, `{url: "${url}", concurrent: ${concurrent}}`);
      const test = bench.tool('test', '--dstack', dstack);
      take([...test, '--update'], { cwd, env: bench.env });
      const loop = bench.bareLoop(bench.project(samples), 2, 'rest_plugin');
      const env = { ...bench.env, DSTACK_PLUGIN_SERVICE_URI: url };
      return {
        ours: () => take(test, { cwd, env: bench.env }),
        reference: () => take(loop, { cwd, env }),
      };
    },
  };
}

/** Starts the service for as long as this process lives. */
function serve() {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const started = spawn(process.execPath, [service], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  // It must not keep this process from its end.
  started.unref();
  process.on('exit', () => started.kill());
  const url = `http://127.0.0.1:${port}`;
  const ask = `fetch('${url}', {method: 'POST', body: '{"spec": 1}'}).then(() => process.exit(0), () => process.exit(1))`;
  for (let attempt = 0; attempt < 50; attempt++)
    if (spawnSync(process.execPath, ['-e', ask]).status === 0) return url;
  throw new Error(`the service doesn't answer at ${url}`);
}

/** @param {Bench} bench @param {string} name @param {string} service */
function projectOf(bench, name, service) {
  const folder = join(bench.work, name);
  cpSync(join(bench.project(samples), 'samples'), join(folder, 'samples'), {
    recursive: true,
    filter: (path) => !path.endsWith('.expected.yml'),
  });
  writeFileSync(join(folder, 'dstack-plugin.yml'), `dstack: ["${dstack}"]\nrest: ${service}\n`);
  return folder;
}
