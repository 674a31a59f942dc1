/**
 * How fast the tool is, each command beside its reference in one run: `npm run bench`, for one row `npm run bench -- --row NAME`. The ratios are
 * what counts, since machines differ. `--check` compares them with those in `kept.json`, and `--keep` writes that file; with `--stable` it is a
 * few rows, compared by the processor time that they take. Needs a build.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './bench.js';
import { ratios, sideBySide, spread } from './measure.js';
import { rows } from './row.js';

/** @import { Row } from './row.js' */
/** @import { Spread } from './measure.js' */

/** How much slower than kept a ratio may be. */
const tolerance = 1.2;
const keptFile = new URL('./kept.json', import.meta.url);
const resultsFile = new URL('./results.md', import.meta.url);

const { values: flags } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    runs: { type: 'string', default: '9' },
    check: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    stable: { type: 'boolean', default: false },
  },
});

/** @typedef {{row: Row, ours: Spread, reference: Spread, ratio: Spread, cpu: Spread, note: string}} Result */

/**
 * @param {Row} row
 * @param {Bench} bench
 * @returns {Result}
 */
function measured(row, bench) {
  const { ours, reference, note } = row.prepare(bench);
  const taken = sideBySide(Math.min(row.runs ?? bench.runs, bench.runs), ours, reference);
  const walls = taken.ours.map(({ wall }) => wall);
  const references = taken.reference.map(({ wall }) => wall);
  return {
    row,
    ours: spread(walls),
    reference: spread(references),
    ratio: ratios(walls, references),
    cpu: ratios(
      taken.ours.map(({ cpu }) => cpu),
      taken.reference.map(({ cpu }) => cpu),
    ),
    note: note?.() ?? '',
  };
}

/** @param {number} milliseconds */
function time(milliseconds) {
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`;
  return milliseconds < 10_000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** @param {Spread} values */
function ratio({ median, least, most }) {
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

/** @param {Result} result */
function line({ row, ours, reference, ratio: wall, cpu, note }) {
  const cells = [
    `\`${row.name}\``,
    row.what + (note === '' ? '' : `; ${note}`),
    time(ours.median),
    row.against,
    time(reference.median),
    ratio(wall),
    `≤ ${row.goal}`,
    Number.isNaN(cpu.median) ? '' : cpu.median.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

const head = [
  '| row | what | median | against | median | ratio (spread) | goal | ratio of processor time |',
  '|---|---|---|---|---|---|---|---|',
];

/** @param {readonly Result[]} results */
function table(results) {
  return [...head, ...results.map(line)].join('\n');
}

function machine() {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}`;
}

/** @typedef {{readonly wall: number, readonly processor?: number}} Kept */

/** @type {Record<string, Kept>} */
const kept = JSON.parse(readFileSync(keptFile, 'utf8'));

/** What is slower than kept by more than the tolerance, in words; null: it isn't. @param {Result} result */
function slower(result) {
  const { row } = result;
  const [now, before, of] = flags.stable
    ? [result.cpu.median, kept[row.name]?.processor, 'the processor time of its reference']
    : [result.ratio.median, kept[row.name]?.wall, 'its reference'];
  // What can't be compared must not pass for what was.
  if (before === undefined) return `${row.name}: no ratio is kept; --keep writes it`;
  if (row.unstable === true || now <= before * tolerance) return null;
  return `${row.name}: ${now.toFixed(2)} times ${of}, and ${before} when it was kept`;
}

/** What is slower in two measurements: whatever else the machine did in one, it hardly did in the other. @param {Result} result @param {Bench} bench */
function slowerTwice(result, bench) {
  return slower(result) === null ? null : slower(measured(result.row, bench));
}

const chosen = rows.filter(
  ({ name, stable }) => (flags.row?.includes(name) ?? true) && (!flags.stable || stable === true),
);
const missing = (flags.row ?? []).filter((name) => !rows.some((row) => row.name === name));
if (missing.length > 0) {
  console.error(
    `There is no row ${missing.join(', ')}. There are: ${rows.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const work = realpathSync(mkdtempSync(join(tmpdir(), 'create-dstack-plugin-bench-')));
try {
  const bench = new Bench(work, Number(flags.runs));
  /** @type {Result[]} */
  const results = [];
  for (const row of chosen) {
    console.error(`${row.name}…`);
    results.push(measured(row, bench));
  }
  const text = `${machine()}; medians of ${flags.runs} pairs\n\n${table(results)}\n`;
  console.log(text);
  if (flags.row === undefined && !flags.stable) {
    const about =
      '# What is fast\n\nWritten by `npm run bench`: each command beside its reference, in turn.\n\n';
    writeFileSync(resultsFile, about + text);
  }
  if (flags.keep) {
    const two = (/** @type {number} */ ratio) => (Number.isNaN(ratio) ? undefined : Number(ratio.toFixed(2)));
    const now = results.map(({ row, ratio: wall, cpu }) => [
      row.name,
      { wall: two(wall.median), processor: two(cpu.median) },
    ]);
    writeFileSync(keptFile, `${JSON.stringify({ ...kept, ...Object.fromEntries(now) }, null, 2)}\n`);
  }
  if (flags.check) {
    const found = results.flatMap((result) => slowerTwice(result, bench) ?? []);
    for (const each of found) console.error(each);
    if (found.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
