/** Numbers that look random and are the same for the same seed, everywhere. */
export interface Random {
  /** An integer from 0 to below `end`. */
  below(end: number): number;
  /** Whether something happens that happens this often, from 0 to 1. */
  chance(share: number): boolean;
  /** @throws where there is nothing to choose from */
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): readonly T[];
}

/**
 * A generator of its own for each purpose: a stage that takes more numbers, or is cut off, changes nothing for the others.
 * The algorithm is Mulberry32, whose state and output have 32 bits: enough to choose fields by, and short.
 */
export function randomFor(seed: number, purpose: string): Random {
  let state = seed | 0;
  for (const character of purpose) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (share) => next() < share,
    pick: (items) => {
      if (items.length === 0) throw new Error('nothing to choose from');
      return items[below(items.length)] as (typeof items)[number]; // below() stays within the list
    },
    shuffled: (items) => {
      const rest = [...items];
      return items.flatMap(() => rest.splice(below(rest.length), 1));
    },
  };
}
