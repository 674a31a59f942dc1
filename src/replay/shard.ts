import { createHash } from 'node:crypto';
import type { Shard } from './shard-flag.ts';

/**
 * The part of some paths that a shard has: no two shards differ by more than one, and the order is kept.
 *
 * Each path would rather be in the shard that its hash names, and goes to the next one that has room where that is full. The index in the
 * sorted list would be as even, but a new sample would move all that come after it; the hash alone would move none, but leave one job with
 * twice the work of another. So a sample that comes or goes moves a few others, and CI's times and caches by shard stay worth something.
 */
export function inShard(paths: readonly string[], { number, of }: Shard): readonly string[] {
  const least = Math.floor(paths.length / of);
  const sizes = new Array<number>(of).fill(0);
  let withOneMore = paths.length % of;
  const taken = new Set<string>();
  const hashed = paths.map((path) => ({ path, hash: hashOf(path) })).sort((a, b) => a.hash - b.hash);
  for (const { path, hash } of hashed) {
    let place = hash % of;
    for (;;) {
      const size = sizes[place] ?? 0;
      if (size < least || (size === least && withOneMore > 0)) {
        if (size === least) withOneMore--;
        sizes[place] = size + 1;
        break;
      }
      place = (place + 1) % of;
    }
    if (place === number - 1) taken.add(path);
  }
  return paths.filter((path) => taken.has(path));
}

/** Whether a shard is the one that speaks of a path that isn't split, so that of all shards exactly one does. */
export function speaksOf({ number, of }: Shard, path: string): boolean {
  return hashOf(path) % of === number - 1;
}

/** 48 bits, which a number holds exactly. */
function hashOf(path: string): number {
  return createHash('sha256').update(path).digest().readUIntBE(0, 6);
}
