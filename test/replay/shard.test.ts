import { describe, expect, it } from 'vitest';
import { inShard, speaksOf } from '../../src/replay/shard.ts';
import { parseShard } from '../../src/replay/shard-flag.ts';

const paths = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `samples/s${index}.dstack.yml`).sort();

/** Which shard each path is in. */
function places(all: readonly string[], of: number): ReadonlyMap<string, number> {
  const shards = Array.from({ length: of }, (_, index) => inShard(all, { number: index + 1, of }));
  const placed = shards.flatMap((shard, index) => shard.map((path) => [path, index] as const));
  expect(placed.map(([path]) => path).toSorted()).toEqual(all.toSorted());
  return new Map(placed);
}

it.each([
  ['2/5', { number: 2, of: 5 }],
  ['1/1', { number: 1, of: 1 }],
  ['0/5', null],
  ['6/5', null],
  ['2', null],
  ['2/', null],
  ['-1/5', null],
  ['2/5/6', null],
  ['2/0', null],
  ['a/b', null],
])('%s names the shard %o', (text, shard) => {
  expect(parseShard(text)).toEqual(shard);
});

describe('shards', () => {
  it.each([
    [0, 3],
    [1, 3],
    [2, 5],
    [40, 5],
    [37, 4],
    [1000, 8],
  ])('split %i samples into %i parts that hold each once and differ by one at most', (count, of) => {
    const sizes = new Array<number>(of).fill(0);
    for (const place of places(paths(count), of).values()) sizes[place] = (sizes[place] ?? 0) + 1;
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it('stay as they are but for a few when a sample comes or goes', () => {
    const all = paths(200);
    const before = places(all, 5);
    for (let index = 0; index < 20; index++) {
      const more = places([...all, `samples/new-${index}.dstack.yml`].sort(), 5);
      const fewer = places(all.toSpliced(index * 9, 1), 5);
      for (const after of [more, fewer]) {
        const moved = [...after].filter(([path, place]) => before.has(path) && before.get(path) !== place);
        expect(moved.length).toBeLessThanOrEqual(10);
      }
    }
  });

  it('keep the order of the samples, and are the same whatever order they come in', () => {
    const all = paths(30);
    const shard = { number: 2, of: 4 };
    const part = inShard(all, shard);
    expect(part).toEqual(part.toSorted());
    expect(inShard(all.toReversed(), shard).toSorted()).toEqual(part);
  });

  it('speak each of other paths than the others', () => {
    for (const path of paths(20)) {
      expect([1, 2, 3].filter((number) => speaksOf({ number, of: 3 }, path))).toHaveLength(1);
    }
  });
});
