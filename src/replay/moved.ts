import type { ReplayAnswer } from '../engine/protocol.ts';
import { type Chain, placeBelow } from './chain.ts';
import type { PolicyPlace, Replay } from './model.ts';

/** A place of a policy in a file, as a key, and its line by now. */
type Lines = ReadonlyMap<string, number | null>;

interface Moved {
  readonly old: Chain['policies'];
  readonly lines: Lines | null;
}

/** By the policies as they are by now: one pair of chains is asked about for every replay. */
const known = new WeakMap<Chain['policies'], Moved>();

/**
 * What was made of an answer, where nothing is new but the lines of the policies, as a save moves them that adds or takes out some above: the
 * same replay, with its policies at their new lines.
 *
 * @param from the chain that it was judged with
 * @param to the chain by now, of the same root
 * @returns null where the policies aren't the same ones, or a line in the replay may be another one than a policy's
 */
export function atNewLines(replay: Replay, answer: ReplayAnswer, from: Chain, to: Chain): Replay | null {
  const lines = linesOf(from, to);
  const others = replay.by !== null || answer.facts.some(({ file }) => file !== null);
  if (lines === null || others) return null;
  const moved = <Placed extends Place>(placed: Placed): Placed => {
    const line = lines.get(keyOf(placed));
    return line === undefined ? placed : { ...placed, line };
  };
  return {
    ...replay,
    changes: replay.changes.map((change) => ({ ...change, policy: change.policy && moved(change.policy) })),
    findings: replay.findings.map(moved),
  };
}

function linesOf({ root, policies: old }: Chain, { policies }: Chain): Lines | null {
  const before = known.get(policies);
  if (before?.old === old) return before.lines;
  const lines = withoutLines(old) === withoutLines(policies) ? linesBetween(root, old, policies) : null;
  known.set(policies, { old, lines });
  return lines;
}

/** Null where what was at one place is at several now. */
function linesBetween(root: string, old: Chain['policies'], policies: Chain['policies']): Lines | null {
  const lines = new Map<string, number | null>();
  const now = placesOf(root, policies);
  for (const [index, place] of placesOf(root, old).entries()) {
    const key = keyOf(place);
    const line = now[index]?.line ?? null;
    if (lines.has(key) && lines.get(key) !== line) return null;
    lines.set(key, line);
  }
  return lines;
}

/** The same text for policies that are the same ones in the same order, each with the same hooks in the same files. */
function withoutLines(policies: Chain['policies']): string {
  return JSON.stringify(policies, (key, value) => (key === 'line' ? null : value));
}

type Place = Pick<PolicyPlace, 'file' | 'line'>;

function placesOf(root: string, policies: Chain['policies']): readonly Place[] {
  return policies.flatMap((policy) =>
    [policy, ...Object.values(policy.hooks)].map((place) => placeBelow<Place>(root, place)),
  );
}

function keyOf({ file, line }: Place): string {
  return `${file}\n${line}`;
}
