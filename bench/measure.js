import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {readonly string[]} Command the file and its arguments
 * @typedef {{readonly wall: number, readonly cpu: number}} Taken milliseconds of wall clock, and of processors in all processes
 * @typedef {{readonly median: number, readonly least: number, readonly most: number}} Spread
 */

const measured = fileURLToPath(new URL('./programs/measured.py', import.meta.url));
const python = process.env['PYTHON'] ?? 'python3';

/**
 * Runs a command to its end, without a terminal.
 *
 * @param {Command} command
 * @param {{cwd: string, env: NodeJS.ProcessEnv, code?: number}} options `code`: the exit code that is right
 * @returns {Taken}
 */
export function take(command, { cwd, env, code = 0 }) {
  const { stdout, stderr, error } = spawnSync(python, ['-I', measured, ...command], {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (stdout === '') throw new Error(stderr);
  /** @type {{wall: number, cpu: number, code: number, stderr: string}} */
  const said = JSON.parse(stdout);
  if (said.code !== code)
    throw new Error(`${command.join(' ')} ended with exit code ${said.code}:\n${said.stderr}`);
  return { wall: said.wall * 1000, cpu: said.cpu * 1000 };
}

/**
 * Two things in turn, after a warm-up of each, so that what else the machine does falls on both.
 *
 * @param {number} runs
 * @param {(run: number) => Taken} ours is told the number of the run; that of the warm-up is -1
 * @param {(run: number) => Taken} reference
 * @returns {{readonly ours: readonly Taken[], readonly reference: readonly Taken[]}}
 */
export function sideBySide(runs, ours, reference) {
  ours(-1);
  reference(-1);
  const taken = { ours: [ours(0)], reference: [reference(0)] };
  for (let run = 1; run < runs; run++) {
    taken.ours.push(ours(run));
    taken.reference.push(reference(run));
  }
  return taken;
}

/**
 * @param {readonly number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  };
}

/**
 * The ratios of pairs, one by one.
 *
 * @param {readonly number[]} ours
 * @param {readonly number[]} reference
 */
export function ratios(ours, reference) {
  return spread(ours.map((value, index) => value / (reference[index] ?? Number.NaN)));
}
