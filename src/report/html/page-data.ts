import { textAndPage } from '../../replay/findings/finding.ts';
import type {
  Change,
  ChangedValue,
  Finding,
  PolicyPlace,
  Replay,
  ServiceAnswer,
} from '../../replay/model.ts';
import { printableLines } from '../../terminal/printable.ts';
import { answerText } from '../answer-lines.ts';
import { compareChanges } from '../comparison.ts';
import { judgedText, type Mark, markOf } from '../judged.ts';
import { contextText } from '../labels.ts';
import type { Report } from '../report.ts';
import { specText, specTitle } from '../spec-lines.ts';
import { valueText } from '../values.ts';
import { isRecordable, outcomeText, placeText, verdictWords } from '../words.ts';

/** What the page's script shows of a replay; all text in it is safe to print. Replays with the same result share one. */
export interface Detail {
  readonly mark: Mark;
  readonly verdict: string;
  readonly outcome: string;
  readonly said: string;
  /** Null where nothing is expected. */
  readonly expected: string | null;
  readonly actual: string;
  readonly message: string | null;
  readonly by: Policy | null;
  /** How the two sides of the rows are called. */
  readonly sides: readonly [string, string];
  readonly rows: readonly Row[];
  readonly findings: readonly DetailFinding[];
  readonly logs: string;
  readonly answers: readonly { readonly text: string; readonly body: string }[];
  /** The whole spec with a sign before each line, and what it is called; null where it wasn't asked for. */
  readonly spec: { readonly title: string; readonly text: string } | null;
}

export interface Policy {
  readonly name: string;
  readonly place: string | null;
}

/** A pointer into the spec, and what stands on either side of it. */
export interface Row {
  readonly path: string;
  readonly state: 'same' | 'different' | 'missing' | 'unexpected' | 'changed';
  readonly left: Value | null;
  readonly right: Value | null;
  readonly policy: Policy | null;
}

export interface Value {
  /** What was and is there; null: nothing. */
  readonly from?: string | null;
  readonly to?: string | null;
  /** Of lists: which items went and came. */
  readonly gone?: readonly string[];
  readonly come?: readonly string[];
  readonly note: string | null;
}

interface DetailFinding {
  readonly code: string;
  readonly severity: Finding['severity'];
  readonly text: string;
  readonly place: string | null;
}

/** The details of a report, and which of them each replay has. */
export interface Details {
  readonly details: readonly Detail[];
  readonly indexOf: (replay: Replay) => number;
}

/** Beyond this a value is cut; nobody reads it in a table, and a page has to stay small enough to be sent. */
const longestValue = 4000;
const longestLog = 20_000;
const longestSpec = 100_000;
const mostItems = 200;

export function detailsOf({ replays }: Report): Details {
  const details: Detail[] = [];
  const known = new Map<string, number>();
  const indices = new Map<Replay, number>();
  for (const replay of replays) {
    const detail = detailOf(replay);
    const key = JSON.stringify(detail);
    let index = known.get(key);
    if (index === undefined) {
      index = details.length;
      details.push(detail);
      known.set(key, index);
    }
    indices.set(replay, index);
  }
  return { details, indexOf: (replay) => indices.get(replay) ?? 0 };
}

function detailOf(replay: Replay): Detail {
  const { verdict, outcome, message, changes, expected, by, findings, logs, answers = [] } = replay;
  const judged = verdict !== 'passed' && verdict !== null;
  return {
    mark: markOf([replay]),
    verdict: verdict === null ? 'not judged' : verdictWords[verdict],
    outcome,
    said: safe(judgedText(replay)),
    expected:
      expected === null
        ? null
        : safe(outcomeText(expected.outcome, expected.message, Object.keys(expected.changes).length)),
    actual: safe(outcomeText(outcome, message, changes.length)),
    message: isRecordable(outcome) || message === null ? null : safe(message),
    by: by && policyOf(by),
    sides: judged ? ['Expected', 'Actual'] : ['Before', 'After'],
    rows:
      judged && expected !== null
        ? comparedRows(replay)
        : changes.map((change) => changedRow(change, judged)),
    findings: findings.map((finding) => ({
      code: safe(finding.code),
      severity: finding.severity,
      text: safe(textAndPage(finding).text),
      place: optional(placeText(finding)),
    })),
    logs: safe(cut(logs.map((line) => line.replace(/\r?\n$/, '')).join('\n'), longestLog)),
    answers: answers.map((answer) => ({
      text: safe(answerOf(answer)),
      body: safe(cut(answer.body ?? '', longestValue)),
    })),
    spec:
      replay.specs === undefined
        ? null
        : { title: specTitle(replay), text: safe(cut(specText(replay), longestSpec)) },
  };
}

function answerOf(answer: ServiceAnswer): string {
  return `${answer.method} ${answer.url} (${answer.phase}): ${answerText(answer)}`;
}

/** Of a replay that passed: what stood there and stands there now. Of one that is new: nothing was expected. */
function changedRow(change: Change, judged: boolean): Row {
  const value = sidesOf(change.path, change);
  const row = { path: pathText(change.path), policy: change.policy && policyOf(change.policy) };
  if (judged) return { ...row, state: 'unexpected', left: null, right: value };
  // Items of a list stand on the side on which they are.
  const { gone, come, from, to, note } = value;
  if (gone !== undefined && come !== undefined)
    return {
      ...row,
      state: 'changed',
      left: { gone, come: [], note: null },
      right: { gone: [], come, note },
    };
  return {
    ...row,
    state: 'changed',
    left: { from: null, to: from ?? null, note: null },
    right: { from: null, to: to ?? null, note },
  };
}

function comparedRows({ changes, expected, outcome }: Replay): readonly Row[] {
  if (!isRecordable(outcome)) return [];
  const wanted = expected?.changes ?? {};
  const { missing, unexpected, different } = compareChanges(wanted, changes);
  const differing = new Set([...different.map(({ actual }) => actual), ...unexpected]);
  const row = (path: string, state: Row['state'], left: ChangedValue | null, right: Change | null): Row => ({
    path: pathText(path),
    state,
    left: left && sidesOf(path, left),
    right: right && sidesOf(path, right),
    policy: right?.policy ? policyOf(right.policy) : null,
  });
  return [
    ...different.map(({ actual, expected: value }) => row(actual.path, 'different', value, actual)),
    ...missing.map(({ path, ...value }) => row(path, 'missing', value, null)),
    ...unexpected.map((change) => row(change.path, 'unexpected', null, change)),
    ...changes
      .filter((change) => !differing.has(change))
      .map((change) => row(change.path, 'same', wanted[change.path] ?? null, change)),
  ];
}

function sidesOf(path: string, change: ChangedValue): Value {
  const value = valueText(path, change);
  if (value.kind === 'value')
    return { from: optional(value.from), to: optional(value.to), note: optional(value.note) };
  return { gone: items(value.gone), come: items(value.come), note: optional(value.note) };
}

function items(texts: readonly string[]): readonly string[] {
  const shown = texts.slice(0, mostItems).map((text) => safe(cut(text, longestValue)));
  const left = texts.length - shown.length;
  return left === 0 ? shown : [...shown, `… ${left.toLocaleString('en')} more`];
}

function policyOf(policy: PolicyPlace): Policy {
  return { name: safe(policy.name), place: optional(placeText(policy)) };
}

function pathText(path: string): string {
  return path === '' ? '(the whole spec)' : safe(cut(path, longestValue));
}

function optional(text: string | null): string | null {
  return text === null ? null : safe(cut(text, longestValue));
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')} … cut here: ${text.length.toLocaleString('en')} characters in all`;
}

function safe(text: string): string {
  return printableLines(text);
}

/** Who a column of the matrix is for: `alice@research`, with the profile where there is one. */
export function contextName(replay: Replay): string {
  return contextText([replay], false).slice('as '.length);
}
