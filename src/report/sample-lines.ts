import type { Replay } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { hanging } from './hanging.ts';
import { judgedText, type Mark, markOf, shortOutcome } from './judged.ts';
import { contextText, versionsOf } from './labels.ts';
import { logLines } from './log-lines.ts';
import type { Page } from './page.ts';
import { clipped, displayWidth, fits, padded, wrapped } from './text-width.ts';
import { versionChanges } from './version-changes.ts';
import { counted, verdictWords } from './words.ts';

/** Whether a replay has something to act on or to judge, and so a block of its own. */
export function needsBlock({ verdict, findings, specs }: Replay): boolean {
  return specs !== undefined || (verdict !== 'passed' && verdict !== null) || findings.length > 0;
}

/**
 * One line for each sample with what came of it, in the order of the samples; below it where that changes between versions, and what the
 * plugin logged where it passed.
 */
export function sampleLines(
  samples: ReadonlyMap<string, readonly Replay[]>,
  withVersion: boolean,
  page: Page,
): string[] {
  const rows = [...samples].map(([sample, replays]) => ({ path: printable(sample), replays }));
  const limit = Math.floor(page.columns * 0.6);
  const pathColumns = rows
    .map(({ path }) => displayWidth(path))
    .reduce((most, width) => (width <= limit && width > most ? width : most), 0);
  return rows.flatMap(({ path, replays }) => [
    ...rowLines(path, replays, pathColumns, page),
    ...versionChanges(replays).flatMap((text) =>
      hanging('', text, page, { indent: 4, body: 4, colour: page.ink.yellow, textColour: page.ink.yellow }),
    ),
    ...replays
      .filter((replay) => !needsBlock(replay) && replay.logs.length > 0)
      .flatMap((replay) => [
        ...(replays.length > 1
          ? wrapped(contextText([replay], withVersion), page.columns - 4).map((line) => `    ${line}`)
          : []),
        ...logLines(replay.logs, page, 4),
      ]),
  ]);
}

const markColours = {
  '✗': 'red',
  '+': 'yellow',
  '~': 'cyan',
  '✓': 'green',
  '·': 'dim',
} as const satisfies Readonly<Record<Mark, keyof Page['ink']>>;

function rowLines(path: string, replays: readonly Replay[], pathColumns: number, page: Page): string[] {
  const { ink } = page;
  const mark = markOf(replays);
  const colour = ink[markColours[mark]];
  const text = printable(resultText(replays));
  const coloured = needsColour(replays) ? colour : ink.dim;
  const room = page.columns - 2 - Math.max(pathColumns, displayWidth(path)) - 2;
  if (room >= 24 || fits(text, room)) {
    const file = replays[0]?.builtin === false ? replays[0].sample : null;
    // The link ends where the name does, not where the column does.
    const gap = padded(path, pathColumns).slice(path.length);
    return [`${colour(mark)} ${page.link(path, file)}${gap}  ${coloured(clipped(text, room))}`];
  }
  return [
    ...wrapped(path, page.columns - 2).map((line, index) => `${index === 0 ? colour(mark) : ' '} ${line}`),
    `    ${coloured(clipped(text, page.columns - 4))}`,
  ];
}

function needsColour(replays: readonly Replay[]): boolean {
  return replays.some(({ verdict }) => verdict !== 'passed' && verdict !== null);
}

/** `2 changes · 3 contexts`, `1 failed, 2 passed`, with the number of errors and warnings where there are any. */
export function resultText(replays: readonly Replay[]): string {
  const findings = replays.flatMap((replay) => replay.findings);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const contexts = new Set(
    replays.map(({ user, project, profile }) => JSON.stringify([user, project, profile])),
  ).size;
  const versions = versionsOf(replays).length;
  return [
    needsColour(replays) ? verdictsText(replays) : outcomesText(replays),
    ...(contexts > 1 ? [counted(contexts, 'context')] : []),
    ...(versions > 1 ? [counted(versions, 'dstack version')] : []),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(' · ');
}

function verdictsText(replays: readonly Replay[]): string {
  const texts = tally(replays.map(judgedText));
  const [only] = texts.keys();
  if (texts.size === 1 && only !== undefined) return only;
  return (['differs', 'new', 'updated', 'passed'] as const)
    .map((verdict) => ({ verdict, count: replays.filter((replay) => replay.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdictWords[verdict]}`)
    .join(', ');
}

/** What happened: said once where all replays agree, else how often each. */
function outcomesText(replays: readonly Replay[]): string {
  const texts = tally(replays.map((replay) => shortOutcome(replay)));
  const [only] = texts.keys();
  if (texts.size === 1 && only !== undefined) return only;
  return [...tally(replays.map(({ outcome }) => outcome))]
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
