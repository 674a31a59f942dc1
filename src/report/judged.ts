import type { Replay, Verdict } from '../replay/model.ts';
import { counted, outcomeText, verdictWords } from './words.ts';

/** The verdict with its reason in a few words. */
export function judgedText(replay: Replay): string {
  const { verdict, outcome, expected } = replay;
  if (verdict === null || verdict === 'passed') return shortOutcome(replay);
  if (verdict !== 'differs') return `${verdictWords[verdict]}: ${shortOutcome(replay)}`;
  return `${verdictWords.differs}: ${expected === null || outcome !== expected.outcome ? differentOutcome(replay) : sameOutcome(outcome)}`;
}

function differentOutcome({ outcome, expected }: Replay): string {
  return expected === null ? outcome : `${outcome} instead of ${expected.outcome}`;
}

function sameOutcome(outcome: Replay['outcome']): string {
  return outcome === 'rejected' ? 'another message than expected' : 'other changes than expected';
}

/** What happened, in a few words. */
export function shortOutcome({ outcome, message, changes }: Replay): string {
  if (outcome === 'modified') return counted(changes.length, 'change');
  return outcomeText(outcome, message && firstLine(message), changes.length);
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split(/\r?\n/);
  return rest.length === 0 ? first : `${first} …`;
}

/** What stands before a sample or a replay: failed, new, updated, passed, or nothing to judge. */
export type Mark = '✗' | '+' | '~' | '✓' | '·';

/** The mark of replays together: that of the worst. */
export function markOf(replays: readonly Replay[]): Mark {
  const has = (verdict: Verdict): boolean => replays.some((replay) => replay.verdict === verdict);
  const broken = replays.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
  if (has('differs') || broken) return '✗';
  if (has('new')) return '+';
  if (has('updated')) return '~';
  return has('passed') ? '✓' : '·';
}
