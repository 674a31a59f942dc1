import { isNothing, sameValue } from '../equality.ts';
import type {
  ChangedValue,
  Expected,
  ExpectedChange,
  Json,
  Outcome,
  RecordedOutcome,
  Verdict,
} from '../model.ts';
import { isAtOrBelow } from '../pointer.ts';
import type { Actual, ChangeRule, Rule } from './expectation.ts';
import type { Pattern } from './pattern.ts';

/** Whether an outcome can be right, and so be recorded. */
export function isRecordable(outcome: Outcome): outcome is RecordedOutcome {
  switch (outcome) {
    case 'unchanged':
    case 'modified':
    case 'rejected':
      return true;
    case 'crashed':
    case 'invalid':
    case 'timed-out':
      return false;
  }
}

/** A replay held against what is expected; null: nothing is. An outcome that can't be recorded differs from everything. */
export function verdictOf(actual: Actual, rule: Rule | null): Exclude<Verdict, 'updated'> {
  if (!isRecordable(actual.outcome)) return 'differs';
  if (rule === null) return 'new';
  return holds(actual, rule) ? 'passed' : 'differs';
}

function holds(actual: Actual, rule: Rule): boolean {
  if (rule.outcome === 'rejected' || actual.outcome === 'rejected') {
    return rule.outcome === actual.outcome && messageHolds(actual.message, rule);
  }
  // With `may_change`, an unchanged spec and one that is modified there and nowhere else are alike.
  if (rule.mayChange.length === 0 && rule.outcome !== actual.outcome) return false;
  return (
    Object.entries(rule.changes).every(([pointer, change]) =>
      changeHolds(ownChange(actual.changes, pointer), change),
    ) &&
    Object.keys(actual.changes).every(
      (pointer) => Object.hasOwn(rule.changes, pointer) || isAllowed(pointer, rule),
    )
  );
}

function messageHolds(message: string | null, rule: Rule): boolean {
  return rule.messageMatches === null ? message === rule.message : rule.messageMatches.foundIn(message ?? '');
}

/** Whether a rule lets several results hold. */
export function isLoose({ messageMatches, changes, mayChange }: Rule): boolean {
  const loose = Object.values(changes).some(({ toAny, toMatches }) => toAny || toMatches !== null);
  return messageMatches !== null || mayChange.length > 0 || loose;
}

/** Whether a pointer is one of those, or below one of those, that may change or not. */
export function isAllowed(pointer: string, rule: Rule): boolean {
  return rule.mayChange.some((above) => isAtOrBelow(pointer, above));
}

/** Whether a change is the one that is expected; undefined: there was none. */
export function changeHolds(actual: ChangedValue | undefined, rule: ChangeRule): boolean {
  return actual !== undefined && sameValue(actual.from, rule.from) && toHolds(actual.to, rule);
}

function toHolds(to: Json | undefined, rule: ChangeRule): boolean {
  if (rule.toAny) return !isNothing(to);
  if (rule.toMatches === null) return sameValue(to, rule.to);
  return (
    to !== undefined &&
    !isNothing(to) &&
    rule.toMatches.foundIn(typeof to === 'string' ? to : JSON.stringify(to))
  );
}

/**
 * What is expected, as reports show it beside what came out: where a looser rule holds, it shows what came out, and where it doesn't, the rule
 * in words. So the two differ exactly where the replay does, also for who reads the JSON report, whose format knows values alone.
 */
export function expectedOf(rule: Rule, actual: Actual): Expected {
  const changes: [string, ExpectedChange][] = Object.entries(rule.changes).map(([pointer, change]) => {
    const found = ownChange(actual.changes, pointer);
    return [pointer, found !== undefined && changeHolds(found, change) ? found : inWords(change)];
  });
  for (const [pointer, change] of Object.entries(actual.changes)) {
    if (!Object.hasOwn(rule.changes, pointer) && isAllowed(pointer, rule)) changes.push([pointer, change]);
  }
  const { messageMatches } = rule;
  const message =
    messageMatches === null
      ? rule.message
      : actual.outcome === 'rejected' && messageHolds(actual.message, rule)
        ? actual.message
        : inPatternWords(messageMatches);
  const outcome = holds(actual, rule) && isRecordable(actual.outcome) ? actual.outcome : rule.outcome;
  return { outcome, message, changes: Object.fromEntries(changes) };
}

function inPatternWords({ source }: Pattern): string {
  return `(matches /${source}/)`;
}

function inWords(rule: ChangeRule): ExpectedChange {
  const from = rule.from === undefined ? {} : { from: rule.from };
  if (rule.toAny) return { ...from, to: '(any value)', inWords: true };
  if (rule.toMatches !== null) return { ...from, to: inPatternWords(rule.toMatches), inWords: true };
  return rule.to === undefined ? from : { ...from, to: rule.to };
}

function ownChange(
  changes: Readonly<Record<string, ChangedValue>>,
  pointer: string,
): ChangedValue | undefined {
  return Object.hasOwn(changes, pointer) ? changes[pointer] : undefined;
}
