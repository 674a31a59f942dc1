/**
 * How fast plugin services are replayed: `npm run bench:rest`. For the service of each template with all policies, and for a trivial one: replays
 * a second, and what the tool adds to dstack's own client in a loop. Both send the same requests one after another, the plan and the apply of
 * each sample; runs alternate. Needs a build, Go, and an internet connection for what the services are made of.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bareLoopProgram } from './bench.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const runs = Number(process.env['RUNS'] ?? 7);
const count = Number(process.env['SAMPLES'] ?? 300);
const dstack = '0.22.5';
const work = mkdtempSync(join(tmpdir(), 'create-dstack-plugin-bench-rest-'));
const env = { ...process.env, NO_COLOR: '1', CI: '', CREATE_DSTACK_PLUGIN_CACHE: join(work, 'cache') };

/** @typedef {{name: string, command: readonly string[], cwd: string}} Service */

/**
 * Runs a command to its end.
 * @param {readonly string[]} command
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} more
 */
function run([file = '', ...args], cwd, more = {}) {
  const start = performance.now();
  const options = { cwd, env: { ...env, ...more }, encoding: /** @type {const} */ ('utf8') };
  const { status, stderr, stdout, error } = spawnSync(file, args, options);
  const milliseconds = performance.now() - start;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return { milliseconds, stdout };
}

/** @param {readonly string[]} args */
const tool = (...args) => [process.execPath, join(repository, 'bin/create-dstack-plugin.js'), ...args];

/** @param {string} language */
function scaffold(language) {
  run(
    tool(`${language}-guard`, '--yes', '--kind', 'rest', '--language', language, '--policies', 'all'),
    work,
  );
  return join(work, `${language}-guard`);
}

/** @returns {readonly Service[]} */
function services() {
  const [python, typescript, go] = [scaffold('python'), scaffold('typescript'), scaffold('go')];
  run(['python3', '-m', 'venv', '.venv'], python);
  run([join(python, '.venv/bin/pip'), 'install', '--quiet', '.', `dstack==${dstack}`], python);
  run(['npm', 'install', '--no-audit', '--no-fund'], typescript);
  run(['npm', 'run', 'build'], typescript);
  run(['go', 'build', '-o', 'service', '.'], go);
  return [
    {
      name: 'trivial',
      command: [process.execPath, join(repository, 'bench/trivial_service.js')],
      cwd: repository,
    },
    { name: 'Python', command: [join(python, '.venv/bin/python'), '-m', 'python_guard'], cwd: python },
    { name: 'TypeScript', command: [process.execPath, 'dist/main.js'], cwd: typescript },
    { name: 'Go', command: [join(go, 'service')], cwd: go },
  ];
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Runs something while a service runs.
 * @template T
 * @param {Service} service
 * @param {(url: string) => T} measure
 * @returns {Promise<T>}
 */
async function serving({ command: [file = '', ...args], cwd }, measure) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(file, args, { cwd, env: { ...env, PORT: String(port) }, stdio: 'ignore' });
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await fetch(url);
        break;
      } catch (error) {
        if (attempt === 300) throw error;
        await delay(100);
      }
    }
    return measure(url);
  } finally {
    server.kill();
  }
}

/**
 * The samples of a generated project, again and again.
 * @param {string} name
 */
function project(name) {
  const folder = join(work, `project-${name}`);
  const samples = join(folder, 'samples');
  mkdirSync(samples, { recursive: true });
  writeFileSync(join(folder, 'dstack-plugin.yml'), `dstack: ["${dstack}"]\n`);
  const from = join(work, 'go-guard/samples');
  const files = readdirSync(from).filter((file) => file.endsWith('.dstack.yml'));
  for (let number = 0; number < count; number++)
    copyFileSync(
      join(from, files[number % files.length] ?? ''),
      join(samples, `${String(number).padStart(4, '0')}.dstack.yml`),
    );
  return folder;
}

/** @param {readonly number[]} values @param {number} digits */
function spread(values, digits) {
  const sorted = [...values].sort((a, b) => a - b);
  const shown = (/** @type {number | undefined} */ value) => (value ?? Number.NaN).toFixed(digits);
  return `${shown(sorted[Math.floor(sorted.length / 2)])} (${shown(sorted[0])}–${shown(sorted.at(-1))})`;
}

try {
  console.log(
    `node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}, ${count} samples, medians of ${runs} (spread)\n`,
  );
  const made = services();
  console.log(
    '| service | replays/s, client alone | seconds, client in a loop | seconds, `test` | ratio |\n|---|---|---|---|---|',
  );
  for (const service of made) {
    const folder = project(service.name);
    const line = await serving(service, (url) => {
      const test = tool('test', '--rest-url', url);
      run([...test, '--update'], folder);
      const [engine = ''] = readdirSync(join(work, 'cache/engines'));
      const loop = [
        join(work, 'cache/engines', engine, 'bin/python'),
        bareLoopProgram,
        'rest_plugin',
        '2',
        'samples',
      ];
      const reference = () => run(loop, folder, { DSTACK_PLUGIN_SERVICE_URI: url });
      reference();
      /** @type {{ours: number[], theirs: number[], rates: number[], ratios: number[]}} */
      const { ours, theirs, rates, ratios } = { ours: [], theirs: [], rates: [], ratios: [] };
      for (let turn = 0; turn < runs; turn++) {
        const { milliseconds } = run(test, folder);
        const other = reference();
        ours.push(milliseconds / 1000);
        theirs.push(other.milliseconds / 1000);
        rates.push(Number(other.stdout.split(' ')[0]));
        ratios.push(milliseconds / other.milliseconds);
      }
      const columns = [spread(rates, 0), spread(theirs, 2), spread(ours, 2), spread(ratios, 2)];
      return `| ${[service.name, ...columns].join(' | ')} |`;
    });
    console.log(line);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
