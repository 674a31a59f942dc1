import {
  changeOfResult,
  differencesBetween,
  heldAgainstPast,
  newFindings,
  type Pair,
  type Difference as PastDifference,
} from '../replay/against-past.ts';
import { textAndPage } from '../replay/findings/finding.ts';
import type { Finding, Replay } from '../replay/model.ts';
import { type Difference, differencesOf } from './differences.ts';
import { contextText, versionsOf } from './labels.ts';
import { fitted, type Part } from './markdown/fitted.ts';
import { code, prose } from './markdown/inert.ts';
import { table } from './markdown/table.ts';
import type { ReportError } from './report.ts';
import { withoutCommands } from './without-commands.ts';
import { counted, outcomeText, placeText } from './words.ts';

/** What a change of a plugin does to the samples, as data. */
export interface AgainstPast {
  /** The plugin's name. */
  readonly name: string;
  /** What it is compared with: `main`, and its commit. */
  readonly reference: string;
  readonly commit: string;
  readonly pairs: readonly Pair[];
  /** Services that run under the past's policies and that dstack couldn't update in place any more; null: it wasn't asked. */
  readonly blocked: readonly BlockedUpdate[] | null;
  /** What couldn't be replayed, then or now. */
  readonly errors: readonly ReportError[];
}

export interface BlockedUpdate {
  readonly replay: Replay;
  /** dstack's words. */
  readonly refusal: string;
}

/** GitHub takes no comment that is longer, in characters. */
const limit = 65_000;

/** What a change does, as Markdown for the comment of a pull request: the sums, a table of what differs, and what is new among the findings. */
export function againstReport(against: AgainstPast): string {
  const { pairs } = against;
  const differing = differencesBetween(pairs);
  const severalVersions = versionsOf(pairs.flatMap(({ now }) => now ?? [])).length > 1;
  const parts: readonly (Part | null)[] = [
    headPart(against, differing),
    errorsPart(against.errors),
    differencesPart(against, severalVersions),
    blockedPart(against, severalVersions),
    findingsPart(pairs),
  ];
  const present = parts.filter((part) => part !== null);
  return withoutCommands(fitted(present, limit));
}

const alone = { rows: [], tail: '', noun: ['', ''] } as const;

function headPart(against: AgainstPast, differing: readonly PastDifference[]): Part {
  const { name, reference, commit, pairs, blocked } = against;
  const versions = versionsOf(pairs.flatMap(({ now, before }) => now ?? before ?? []));
  const on = versions.length === 0 ? '' : ` on dstack ${versions.map(code).join(', ')}`;
  const lines = [
    `## What this change does to ${code(name)}`,
    '',
    `**${prose(sumText(pairs, differing))}** Against ${code(reference)} (${code(commit)})${on}.`,
  ];
  if (blocked !== null && blocked.length === 0)
    lines.push('', 'Every running service could still be updated in place.');
  return { ...alone, head: lines.join('\n') };
}

/** `3 of 40 samples change: 2 are now rejected, 1 gets other values.` */
export function sumText(pairs: readonly Pair[], differing: readonly PastDifference[]): string {
  const samples = new Set(pairs.map(({ now, before }) => (now ?? before)?.sample)).size;
  const changing = new Map<string, Set<string>>();
  for (const { what, now, before } of differing) {
    const sample = (now ?? before)?.sample ?? '';
    changing.set(what, (changing.get(what) ?? new Set()).add(sample));
  }
  const all = new Set(differing.map(({ now, before }) => (now ?? before)?.sample)).size;
  const of = counted(samples, 'sample');
  if (all === 0) return `None of ${of} changes.`;
  const parts = [...changing].map(
    ([what, { size }]) => `${size.toLocaleString('en')} ${becomes(what, size)}`,
  );
  return `${all.toLocaleString('en')} of ${of} ${all === 1 ? 'changes' : 'change'}: ${parts.join(', ')}.`;
}

function becomes(what: string, count: number): string {
  const [is, gets] = count === 1 ? ['is', 'gets'] : ['are', 'get'];
  switch (what as PastDifference['what']) {
    case 'unchanged':
      return `${is} now left alone`;
    case 'modified':
      return `${is} now modified`;
    case 'rejected':
      return `${is} now rejected`;
    case 'crashed':
      return `now ${count === 1 ? 'crashes' : 'crash'} the policy`;
    case 'invalid':
      return `${count === 1 ? 'becomes' : 'become'} invalid`;
    case 'timed-out':
      return `now ${count === 1 ? 'times' : 'time'} out`;
    case 'other-values':
      return `${gets} other values`;
    case 'other-message':
      return `${gets} another message`;
    case 'added':
      return "couldn't be replayed before";
    case 'gone':
      return "can't be replayed any more";
  }
}

function errorsPart(errors: readonly ReportError[]): Part | null {
  const rows = errors.map((error) => [placeText(error) ?? '', error.text] as const);
  return table(
    '### Errors',
    ['Where', 'What is wrong'],
    rows.map(([where, text]) => () => [where === '' ? '' : code(where), prose(text)]),
    ['error', 'errors'],
  );
}

function differencesPart({ pairs, reference }: AgainstPast, severalVersions: boolean): Part | null {
  const rows = pairs.flatMap((pair) => {
    if (changeOfResult(pair) === 'same') return [];
    const replay = pair.now ?? pair.before;
    if (replay === null) return [];
    const head = `${code(replay.sample)}<br>${code(contextText([replay], severalVersions))}`;
    return rowsOf(pair).map((cells, index) => () => [index === 0 ? head : '', ...cells]);
  });
  const columns = ['Sample', 'What', prose(reference), 'Now', 'Policy'];
  return table('### Differences', columns, rows, ['difference', 'differences']);
}

function rowsOf(pair: Pair): readonly (readonly string[])[] {
  const { before, now } = pair;
  const held = heldAgainstPast(pair);
  if (held === null) return [['outcome', before === null ? '' : code(resultOf(before)), 'nothing', '']];
  if (held.expected !== null) return differencesOf(held).map(differenceCells);
  const past = before === null ? 'nothing' : code(resultOf(before));
  const policy = now?.by ?? now?.changes[0]?.policy ?? null;
  return [['outcome', past, code(resultOf(held)), policy === null ? '' : code(policy.name)]];
}

function resultOf({ outcome, message, changes }: Replay): string {
  return outcomeText(outcome, message, changes.length);
}

function differenceCells({ path, expected, actual, policy }: Difference): readonly string[] {
  return [
    path === null ? 'outcome' : code(path === '' ? '(the whole spec)' : path),
    expected === null ? 'nothing' : code(expected),
    actual === null ? 'nothing' : code(actual),
    policy === null ? '' : code([policy.name, placeText(policy)].filter((part) => part !== null).join(' ')),
  ];
}

function blockedPart({ blocked }: AgainstPast, severalVersions: boolean): Part | null {
  return table(
    '### Running services that could no longer be updated in place\n\n`dstack apply` would offer to stop each and start it anew, and `dstack apply -y` would do so without asking.',
    ['Sample', 'Why, in dstack’s words'],
    (blocked ?? []).map(({ replay, refusal }) => () => [
      `${code(replay.sample)}<br>${code(contextText([replay], severalVersions))}`,
      prose(refusal),
    ]),
    ['service', 'services'],
  );
}

function findingsPart(pairs: readonly Pair[]): Part | null {
  const found = new Map<string, { readonly finding: Finding; readonly samples: Set<string> }>();
  for (const pair of pairs) {
    for (const finding of newFindings(pair)) {
      const key = `${finding.code} ${finding.text}`;
      const known = found.get(key) ?? { finding, samples: new Set<string>() };
      known.samples.add(pair.now?.sample ?? '');
      found.set(key, known);
    }
  }
  return table(
    '### Findings that are new',
    ['', 'Finding', 'Samples'],
    [...found.values()].map(({ finding, samples }) => () => {
      const [first = ''] = samples;
      return [
        finding.severity === 'error' ? '✗ error' : '! warning',
        `${code(finding.code)}: ${prose(textAndPage(finding).text)}`,
        samples.size === 1 ? code(first) : counted(samples.size, 'sample'),
      ];
    }),
    ['finding', 'findings'],
  );
}
