import type { ReplayAnswer } from '../../engine/protocol.ts';
import type { Finding, PolicyPlace, Replay } from '../model.ts';
import { type FindingPlace, findingAt } from './finding.ts';
import { poorBecause } from './message.ts';
import { sentences } from './sentences.ts';

/** From here on a user notices that they wait; in milliseconds. */
const slowFrom = 1000;

/** The parts of a replay that tell of a defect by themselves; masked. */
export type Result = Pick<Replay, 'builtin' | 'outcome' | 'message' | 'by' | 'changes' | 'milliseconds'>;

/**
 * The findings that what came out shows by itself. What a more telling fact already explains isn't said twice.
 *
 * @param printed what the plugin wrote to standard output, masked
 */
export function findingsFromResult(
  result: Result,
  facts: NonNullable<ReplayAnswer['facts']>,
  printed: readonly string[],
): readonly Finding[] {
  const { outcome, message, by, milliseconds } = result;
  const explained = facts.some(({ code }) => causes.has(code));
  const place = placeIn(by);
  const who = by?.name ?? null;
  const found: Finding[] = [];
  switch (outcome) {
    case 'crashed':
      if (!explained) found.push(findingAt('crashed', sentences.crashed(who, message), place));
      break;
    case 'invalid': {
      // dstack refuses what came out of the whole chain: whoever changed something had a part in it.
      if (!explained) found.push(findingAt('invalid-result', sentences.invalidResult(who, message), place));
      break;
    }
    case 'timed-out':
      found.push(findingAt('timed-out', sentences.timedOut(who, message), place));
      break;
    case 'rejected':
      if (!explained) found.push(...aboutMessage(message, by));
      break;
    case 'unchanged':
    case 'modified':
      break;
  }
  if (result.builtin) found.push(...aboutOffer(result));
  const [line] = printed.filter((each) => each.trim() !== '');
  if (line !== undefined) found.push(findingAt('prints', sentences.prints(line), place));
  if (outcome !== 'timed-out' && isSlow(milliseconds))
    found.push(findingAt('slow', sentences.slow(milliseconds), place));
  return found;
}

/** Whether a replay took so long that it is a finding. */
export function isSlow(milliseconds: number): boolean {
  return milliseconds > slowFrom;
}

/** Facts after which the outcome needs no finding of its own. */
const causes: ReadonlySet<string> = new Set([
  'returns-nothing',
  'accidental-rejection',
  'exited',
  'out-of-memory',
]);

function aboutMessage(message: string | null, by: PolicyPlace | null): readonly Finding[] {
  const who = by?.name ?? null;
  if (message === null || message.trim() === '')
    return [findingAt('silent-rejection', sentences.silentRejection(who), placeIn(by))];
  const why = poorBecause(message);
  return why === null ? [] : [findingAt('poor-message', sentences.poorMessage(who, why), placeIn(by))];
}

function aboutOffer({ outcome, message, by }: Result): readonly Finding[] {
  const who = by?.name ?? null;
  switch (outcome) {
    case 'unchanged':
    case 'modified':
      return [];
    case 'rejected':
      return [findingAt('breaks-offer', sentences.breaksOfferRejected(who, message), placeIn(by))];
    case 'crashed':
    case 'invalid':
    case 'timed-out':
      return [findingAt('breaks-offer', sentences.breaksOfferFailed(who, message), placeIn(by))];
  }
}

function placeIn(by: PolicyPlace | null): FindingPlace | null {
  return by?.file == null ? null : by;
}
