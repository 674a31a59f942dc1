import type { ChainPolicy, ReplayAnswer } from '../engine/protocol.ts';
import { type Chain, placeBelow } from './chain.ts';
import type { PolicyPlace, Replay } from './model.ts';

/** A place of a policy in a file, as a key, and its line by now. */
type Lines = ReadonlyMap<string, number | null>;

interface Moved {
  readonly from: Chain;
  readonly lines: Lines | null;
}

/** By the policies as they are by now: one pair of chains is asked about for every replay. */
const known = new WeakMap<Chain['policies'], Moved>();

/**
 * What was made of an answer, where nothing is new but the lines of the policies, as a save moves them that adds or takes out some above: the
 * same replay, with its policies at their new lines.
 *
 * @param from the chain that it was judged with
 * @param to the chain by now
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

function linesOf(from: Chain, to: Chain): Lines | null {
  const before = known.get(to.policies);
  if (before !== undefined && before.from.policies === from.policies && before.from.root === from.root)
    return before.lines;
  const lines = from.root === to.root ? linesBetween(from, to) : null;
  known.set(to.policies, { from, lines });
  return lines;
}

/** Null where the policies of the two aren't the same ones, or what was at one place is at several now. */
function linesBetween({ root, policies: old }: Chain, { policies }: Chain): Lines | null {
  if (old.length !== policies.length) return null;
  const lines = new Map<string, number | null>();
  for (const [index, policy] of old.entries()) {
    const now = policies[index];
    if (now === undefined || policy.name !== now.name) return null;
    const [was, is] = [placesOf(policy), placesOf(now)];
    if (was.length !== is.length) return null;
    for (const [at, [hook, place]] of was.entries()) {
      const [sameHook, newPlace] = is[at] ?? [];
      if (newPlace === undefined || sameHook !== hook || newPlace.file !== place.file) return null;
      const key = keyOf(placeBelow(root, place));
      const { line } = placeBelow(root, newPlace);
      if (lines.has(key) && lines.get(key) !== line) return null;
      lines.set(key, line);
    }
  }
  return lines;
}

type Place = Pick<PolicyPlace, 'file' | 'line'>;

function placesOf({ file, line, hooks }: ChainPolicy): readonly (readonly [hook: string, Place])[] {
  return [['', { file, line }], ...Object.entries(hooks)];
}

function keyOf({ file, line }: Place): string {
  return `${file}\n${line}`;
}
