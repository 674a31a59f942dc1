import { sameContext } from './context.ts';
import type { Finding, Outcome, RecordedOutcome, Replay } from './model.ts';

/** A replay as it is now, beside what it was; either is null where it couldn't be replayed. */
export interface Pair {
  readonly before: Replay | null;
  readonly now: Replay | null;
}

/** What became of a replay. */
export type ChangeOfResult =
  | 'same'
  /** Another outcome now, which is this one. */
  | Outcome
  /** The same outcome, with other changes or another message. */
  | 'other-values'
  | 'other-message'
  /** Couldn't be replayed before, or can't be now. */
  | 'added'
  | 'gone';

/** A replay that isn't what it was. */
export interface Difference {
  readonly what: Exclude<ChangeOfResult, 'same'>;
  readonly before: Replay | null;
  readonly now: Replay | null;
}

/** Finds for each replay its counterpart: the same sample, context and version. In the order of `now`; what is gone comes last. */
export function pairsOf(before: readonly Replay[], now: readonly Replay[]): readonly Pair[] {
  const same = (a: Replay, b: Replay): boolean =>
    a.sample === b.sample && a.dstack === b.dstack && sameContext(a, b);
  return [
    ...now.map((replay) => ({ now: replay, before: before.find((other) => same(other, replay)) ?? null })),
    ...before
      .filter((replay) => !now.some((other) => same(other, replay)))
      .map((replay) => ({ now: null, before: replay })),
  ];
}

/** What became of a pair. */
export function changeOfResult({ before, now }: Pair): ChangeOfResult {
  if (now === null) return 'gone';
  if (before === null) return 'added';
  if (now.outcome !== before.outcome) return now.outcome;
  if (now.message !== before.message) return 'other-message';
  const values = ({ changes }: Replay): string =>
    JSON.stringify(changes.map(({ path, from, to }) => [path, from, to]).sort());
  return values(now) === values(before) ? 'same' : 'other-values';
}

/** The replays that aren't what they were. */
export function differencesBetween(pairs: readonly Pair[]): readonly Difference[] {
  return pairs.flatMap((pair) => {
    const what = changeOfResult(pair);
    return what === 'same' ? [] : [{ what, ...pair }];
  });
}

/** A replay held against what it was, as if that were expected, so that whatever shows differences shows these. */
export function heldAgainstPast({ before, now }: Pair): Replay | null {
  if (now === null) return null;
  if (before === null || !isRecorded(before.outcome)) return { ...now, expected: null, verdict: 'new' };
  const changes = Object.fromEntries(
    before.changes.map(({ path, policy: _policy, ...value }) => [path, value]),
  );
  const expected = { outcome: before.outcome, message: before.message, changes };
  return { ...now, expected, verdict: changeOfResult({ before, now }) === 'same' ? 'passed' : 'differs' };
}

/** The findings of a replay whose defect it didn't have before; their words may name a value that is another now. */
export function newFindings({ before, now }: Pair): readonly Finding[] {
  if (now === null) return [];
  const known = new Set(before?.findings.map(({ code }) => code) ?? []);
  return now.findings.filter(({ code }) => !known.has(code));
}

function isRecorded(outcome: Outcome): outcome is RecordedOutcome {
  return outcome === 'unchanged' || outcome === 'modified' || outcome === 'rejected';
}
