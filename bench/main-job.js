/**
 * How long the main job takes, each command beside its reference in one run: `npm run bench`. Prints medians, spreads and ratios; the ratios
 * are what counts, since machines differ. Needs a build.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));
const executable = join(repository, 'bin/create-dstack-plugin.js');
const runs = Number(process.env['RUNS'] ?? 9);
const work = mkdtempSync(join(tmpdir(), 'create-dstack-plugin-bench-'));
const env = { ...process.env, NO_COLOR: '1', CREATE_DSTACK_PLUGIN_CACHE: join(work, 'cache') };

/** @typedef {readonly string[]} Command the file and its arguments */
/** @typedef {{name: string, against: string, milliseconds: readonly number[], reference: readonly number[]}} Row */

/**
 * Milliseconds of one run of a command, to its end.
 * @param {Command} command
 * @param {string} cwd
 */
function time([file = '', ...args], cwd) {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(file, args, { cwd, env, encoding: 'utf8' });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return milliseconds;
}

/**
 * Runs two commands in turn, after a warm-up of each.
 * @param {string} name
 * @param {(run: number) => number} ours
 * @param {string} against
 * @param {(run: number) => number} reference
 * @returns {Row}
 */
function sideBySide(name, ours, against, reference) {
  ours(-1);
  reference(-1);
  const milliseconds = [];
  const references = [];
  for (let run = 0; run < runs; run++) {
    milliseconds.push(ours(run));
    references.push(reference(run));
  }
  return { name, against, milliseconds, reference: references };
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** @param {Row} row */
function line({ name, against, milliseconds, reference }) {
  const ratios = milliseconds.map((value, index) => value / (reference[index] ?? value));
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  return `| ${name} | ${median(milliseconds).toFixed(0)} ms | ${against} | ${median(reference).toFixed(0)} ms | ${median(ratios).toFixed(2)} (${spread}) |`;
}

/** The example plugin with ten samples, all recorded. */
function tenSamples() {
  const project = join(work, 'example-plugin');
  cpSync(join(repository, 'test/fixtures/example-plugin'), project, { recursive: true });
  const samples = join(project, 'samples');
  const train = readFileSync(join(samples, 'train.dstack.yml'), 'utf8');
  for (const name of readdirSync(samples)) rmSync(join(samples, name));
  for (let number = 0; number < 10; number++)
    writeFileSync(
      join(samples, `train-${number}.dstack.yml`),
      train.replace('name: train', `name: train-${number}`),
    );
  return project;
}

try {
  const node = [process.execPath, '-e', '0'];
  const tool = (/** @type {string[]} */ ...args) => [process.execPath, executable, ...args];
  const project = tenSamples();
  const test = tool('test', '--dstack', '0.22.5');

  const first = time([...test, '--update'], project);
  const [engine = ''] = readdirSync(join(work, 'cache/engines'));
  const python = join(work, 'cache/engines', engine, 'bin/python');
  const samples = readdirSync(join(project, 'samples'))
    .filter((name) => name.endsWith('.dstack.yml'))
    .map((name) => `samples/${name}`);
  const loop = [python, join(repository, 'bench/bare_loop.py'), 'example_plugin', ...samples];

  mkdirSync(join(work, 'scaffolds'));
  const rows = [
    sideBySide(
      '--version',
      () => time(tool('--version'), work),
      'node -e 0',
      () => time(node, work),
    ),
    sideBySide(
      '--help',
      () => time(tool('--help'), work),
      'node -e 0',
      () => time(node, work),
    ),
    sideBySide(
      'scaffold a package plugin',
      (run) => time(tool(`scaffolds/p${run}`, '--yes'), work),
      'node -e 0',
      () => time(node, work),
    ),
    sideBySide(
      'test, ten samples',
      () => time(test, project),
      'bare loop',
      () => time(loop, project),
    ),
  ];
  console.log(`node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}, medians of ${runs}\n`);
  console.log('| what | | against | | ratio (spread) |\n|---|---|---|---|---|');
  for (const row of rows) console.log(line(row));
  console.log(`\nfirst run of test, which installs dstack: ${(first / 1000).toFixed(1)} s`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
