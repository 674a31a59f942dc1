import type { Expected, Outcome, Replay } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { answerLines } from './answer-lines.ts';
import { changeLines, pathLines, policyLines, valueLines } from './change-lines.ts';
import { type Comparison, compareChanges } from './comparison.ts';
import { findingLines } from './finding-lines.ts';
import { hanging } from './hanging.ts';
import { contextText } from './labels.ts';
import { logLines } from './log-lines.ts';
import type { Page } from './page.ts';
import { specLines } from './spec-lines.ts';
import { fits, wrapped } from './text-width.ts';
import { valueText } from './values.ts';
import { counted, isRecordable, outcomeText, verdictWords } from './words.ts';

/** Columns: where fields begin, where their text begins, and where the changes below them begin. */
const field = 4;
const body = field + 'expected  '.length;
const inner = 6;

/**
 * All that a person needs to judge a replay that isn't simply passed: what was expected, what happened, where and why.
 *
 * @param replays replays of one sample with one result, in one or more contexts
 * @param results shows what was expected and what came out
 */
export function replayBlock(
  replays: readonly [Replay, ...Replay[]],
  withVersion: boolean,
  page: Page,
  results: (replay: Replay, page: Page) => string[] = resultLines,
): string[] {
  const [replay] = replays;
  return [
    ...headLines(replay, contextText(replays, withVersion), page),
    ...results(replay, page),
    ...sections([
      answerLines(replay, page, { field, body }),
      replay.findings.flatMap((each) => findingLines(each, page, field)),
      logLines(replay.logs, page, field),
      specLines(replay, page, field),
    ]),
  ];
}

function headLines(replay: Replay, context: string, page: Page): string[] {
  const { ink } = page;
  const { mark, word, colour } = headOf(replay, page);
  const sample = printable(replay.sample);
  const room = page.columns - 2;
  if (fits(`${sample}  ${context}  ${word}`, room))
    return [
      `${colour(mark)} ${ink.bold(page.link(sample, replay.builtin ? null : replay.sample))}  ${context}  ${colour(word)}`,
    ];
  return [
    ...wrapped(sample, room).map((line, index) => `${index === 0 ? colour(mark) : ' '} ${ink.bold(line)}`),
    ...(fits(`${context}  ${word}`, room)
      ? [`  ${context}  ${colour(word)}`]
      : [...wrapped(context, room).map((line) => `  ${line}`), `  ${colour(word)}`]),
  ];
}

function headOf({ verdict, findings }: Replay, { ink }: Page) {
  if (verdict === 'differs') return { mark: '✗', word: verdictWords.differs, colour: ink.red };
  if (verdict === 'new') return { mark: '+', word: verdictWords.new, colour: ink.yellow };
  if (verdict === 'updated') return { mark: '~', word: verdictWords.updated, colour: ink.cyan };
  // Shown for its specs alone.
  if (findings.length === 0)
    return verdict === null
      ? { mark: '·', word: 'not judged', colour: ink.dim }
      : { mark: '✓', word: verdictWords[verdict], colour: ink.green };
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return errors > 0
    ? { mark: '✗', word: counted(errors, 'error'), colour: ink.red }
    : { mark: '!', word: counted(findings.length, 'warning'), colour: ink.yellow };
}

function resultLines(replay: Replay, page: Page): string[] {
  switch (replay.verdict) {
    case 'differs':
      return differingLines(replay, page);
    case 'new':
      return [
        ...fieldLines('expected', 'nothing is recorded yet', page),
        ...actualLines('actual', replay, page),
        ...sections([changeLines(replay.changes, page, inner)]),
      ];
    case 'updated':
      return updatedLines(replay, page);
    case 'passed':
    case null:
      return actualLines('actual', replay, page);
  }
}

function updatedLines(replay: Replay, page: Page): string[] {
  const { expected } = replay;
  const comparison = expected && compareChanges(expected.changes, replay.changes);
  const wasOther = expected !== null && comparison !== null && !isAsExpected(replay, expected, comparison);
  return [
    ...(wasOther ? expectedLines('before', expected, page) : []),
    ...actualLines('recorded', replay, page),
    ...sections([changeLines(replay.changes, page, inner)]),
  ];
}

function isAsExpected(replay: Replay, expected: Expected, comparison: Comparison): boolean {
  return (
    replay.outcome === expected.outcome &&
    replay.message === expected.message &&
    comparison.same === replay.changes.length &&
    comparison.missing.length === 0
  );
}

function differingLines(replay: Replay, page: Page): string[] {
  const { expected } = replay;
  const head = [
    ...(expected === null
      ? fieldLines('expected', 'nothing is recorded yet', page)
      : expectedLines('expected', expected, page)),
    ...actualLines('actual', replay, page),
  ];
  if (!isRecordable(replay.outcome)) return head;
  if (expected === null) return [...head, ...sections([changeLines(replay.changes, page, inner)])];
  return [...head, ...comparisonLines(compareChanges(expected.changes, replay.changes), page)];
}

function comparisonLines({ missing, unexpected, different, same }: Comparison, page: Page): string[] {
  const { ink } = page;
  const indent = ' '.repeat(field);
  const others = different.flatMap(({ actual, expected }) => {
    const [was, is] = [valueText(actual.path, expected), valueText(actual.path, actual)];
    const room = page.columns - inner - 2 - 'expected  '.length;
    return [
      ...pathLines(printable(actual.path), page.columns - inner).map((line) => ' '.repeat(inner) + line),
      ...labelled('expected  ', valueLines(was, page, room, is), ink.dim),
      ...labelled('actual    ', valueLines(is, page, room, was), ink.dim),
      ...(actual.policy ? policyLines(actual.policy, page, page.columns - inner - 2) : []).map(
        (line) => ' '.repeat(inner + 2) + line,
      ),
    ];
  });
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [indent + title, ...lines];
  return sections([
    section('changed to another value', others),
    section('expected, but did not happen', changeLines(missing, page, inner)),
    section('happened, but was not expected', changeLines(unexpected, page, inner)),
    same > 0 && missing.length + unexpected.length + different.length > 0
      ? [indent + ink.dim(`${counted(same, 'other change')} as expected`)]
      : [],
  ]);
}

function labelled(label: string, lines: readonly string[], colour: (text: string) => string): string[] {
  return lines.map(
    (line, index) => ' '.repeat(inner + 2) + (index === 0 ? colour(label) : ' '.repeat(label.length)) + line,
  );
}

function expectedLines(label: string, expected: Expected, page: Page): string[] {
  const text = outcomeText(expected.outcome, expected.message, Object.keys(expected.changes).length);
  return fieldLines(label, text, page);
}

function actualLines(label: string, replay: Replay, page: Page): string[] {
  const text = outcomeText(replay.outcome, replay.message, replay.changes.length);
  const lines = fieldLines(label, text, page, outcomeColour(replay.outcome, page));
  const message = isRecordable(replay.outcome) || !replay.message ? [] : fieldLines('', replay.message, page);
  const by = replay.by === null ? [] : policyLines(replay.by, page, page.columns - body);
  return [...lines, ...message, ...by.map((line) => ' '.repeat(body) + line)];
}

function outcomeColour(outcome: Outcome, { ink }: Page): (text: string) => string {
  return isRecordable(outcome) ? (text) => text : ink.red;
}

function fieldLines(label: string, text: string, page: Page, textColour = (line: string) => line): string[] {
  return hanging(label, text, page, { indent: field, body, colour: page.ink.dim, textColour });
}

/** Each section that isn't empty, after an empty line. */
function sections(parts: readonly (readonly string[])[]): string[] {
  return parts.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines]);
}
