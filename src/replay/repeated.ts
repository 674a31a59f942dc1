import type { ReplayAnswer } from '../engine/protocol.ts';
import { sameContext } from './context.ts';
import { isSlow } from './findings/from-result.ts';
import type { Replay } from './model.ts';
import { atNewLines } from './moved.ts';
import { type ReplayCircumstances, toReplay } from './verdicts.ts';

/** What was made of an answer, and in which circumstances. */
interface Made {
  readonly replay: Replay;
  readonly circumstances: ReplayCircumstances;
}

const made = new WeakMap<ReplayAnswer, Made>();

/** What `toReplay` makes of an answer; of one that comes again in the same circumstances what it made the first time. */
export function replayOf(answer: ReplayAnswer, circumstances: ReplayCircumstances): Replay {
  const { first } = answer;
  // Nothing is kept of an answer that won't come again.
  if (first === undefined) return toReplay(answer, circumstances);
  const known = made.get(first);
  const same = known === undefined ? null : sameReplay(known, answer, circumstances);
  const replay = same ?? toReplay(answer, circumstances);
  made.set(first, { replay, circumstances });
  return replay;
}

function sameReplay(
  { replay, circumstances: before }: Made,
  answer: ReplayAnswer,
  now: ReplayCircumstances,
): Replay | null {
  const { milliseconds } = answer;
  if (!alike(before, now) || isSlow(replay.milliseconds) || isSlow(milliseconds)) return null;
  const same =
    before.chain.policies === now.chain.policies
      ? replay
      : atNewLines(replay, answer, before.chain, now.chain);
  return same && { ...same, milliseconds };
}

/**
 * Whether nothing tells them apart but the policies. What is compared by identity is kept from one request to the next as long as it is the
 * same; whether an entry holds depends on it and on dstack's version, which both are.
 */
function alike(one: ReplayCircumstances, other: ReplayCircumstances): boolean {
  return (
    one.sample === other.sample &&
    one.builtin === other.builtin &&
    one.kind === other.kind &&
    one.type === other.type &&
    sameContext(one.context, other.context) &&
    one.dstack === other.dstack &&
    one.expectation?.path === other.expectation?.path &&
    one.expectation?.entries === other.expectation?.entries &&
    one.mask === other.mask &&
    one.chain.root === other.chain.root &&
    one.keepSpecs === other.keepSpecs &&
    one.serviceLog === other.serviceLog
  );
}
