import { stripVTControlCharacters } from 'node:util';
import type { Change, Expected, ExpectedChange, Replay } from '../replay/model.ts';
import { printable, printableLines } from '../terminal/printable.ts';
import { pathLines, policyLines, valueLines } from './change-lines.ts';
import { compareChanges } from './comparison.ts';
import type { Page } from './page.ts';
import { displayWidth, wrapped } from './text-width.ts';
import { valueText } from './values.ts';
import { counted, isRecordable, outcomeText } from './words.ts';

/** Below so many columns two texts beside each other are harder to read than one below the other. */
export const sideBySideColumns = 100;

const indent = 4;
const between = 3;
const none = 'not changed';
const maxLines = 40;

/** What was expected of a replay on the left and what came out on the right, change by change; what agrees is only counted. */
export function sideBySide(replay: Replay, page: Page): string[] {
  const { expected, changes } = replay;
  const width = Math.floor((page.columns - indent - between) / 2);
  const row = (left: readonly string[], right: readonly string[]) => rows(left, right, width);
  const { missing, unexpected, different, same } = compareChanges(expected?.changes ?? {}, changes);
  const other: readonly (readonly [ExpectedChange | null, Change | null, string])[] = [
    ...different.map((each) => [each.expected, each.actual, each.actual.path] as const),
    ...missing.map((each) => [each, null, each.path] as const),
    ...unexpected.map((each) => [null, each, each.path] as const),
  ];
  const lines = [
    ...row([page.ink.dim('expected')], [page.ink.dim('actual')]),
    ...row(expectedLines(expected, width), actualLines(replay, page, width)),
    ...other.flatMap(([was, is, path]) => [
      '',
      ...pathLines(printable(path === '' ? '(the whole spec)' : path), page.columns - indent),
      ...row(side(expected, was, is, path, page, width), [
        ...side(expected, is, was, path, page, width),
        ...(is?.policy ? policyLines(is.policy, page, width - 2).map((line) => `  ${line}`) : []),
      ]),
    ]),
    ...(same > 0 ? ['', page.ink.dim(`${counted(same, 'other change')} as expected`)] : []),
  ];
  return lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
}

function side(
  expected: Expected | null,
  change: ExpectedChange | null,
  other: ExpectedChange | null,
  path: string,
  page: Page,
  width: number,
): string[] {
  // Where nothing is recorded, nothing is said to have been left alone either.
  if (change === null) return expected === null ? [] : [`  ${page.ink.dim(none)}`];
  const rival = other === null ? {} : { rival: valueText(path, other) };
  const value = valueText(path, change);
  return valueLines(value, page, width - 2, rival.rival ?? value).map((line) => `  ${line}`);
}

function expectedLines(expected: Expected | null, width: number): string[] {
  if (expected === null) return folded('nothing is recorded yet', width);
  return folded(outcomeText(expected.outcome, expected.message, Object.keys(expected.changes).length), width);
}

function actualLines({ outcome, message, changes, by }: Replay, page: Page, width: number): string[] {
  const why = isRecordable(outcome) || message === null ? [] : folded(message, width);
  return [
    ...folded(outcomeText(outcome, message, changes.length), width),
    ...why,
    ...(by === null ? [] : policyLines(by, page, width)),
  ];
}

/** A message may have lines of its own, and more of them than anybody reads here. */
function folded(text: string, width: number): string[] {
  const lines = printableLines(text)
    .split('\n')
    .flatMap((line) => wrapped(line, width));
  return lines.length > maxLines ? [...lines.slice(0, maxLines - 1), '…'] : lines;
}

/** Two texts beside each other; colours take no room. */
function rows(left: readonly string[], right: readonly string[], width: number): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [text, beside] = [left[index] ?? '', right[index] ?? ''];
    const room = width + between - displayWidth(stripVTControlCharacters(text));
    return beside === '' ? text : `${text}${' '.repeat(Math.max(1, room))}${beside}`;
  });
}
