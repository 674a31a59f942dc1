import { describe, expect, it } from 'vitest';
import { compareDumps } from '../../src/replay/changes.ts';
import type { Json } from '../../src/replay/model.ts';

const hostile = (text: string): Json => JSON.parse(text) as Json;

describe('the changes between two dumps', () => {
  it('are none where the dumps are equal', () => {
    expect(compareDumps({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual({});
  });

  it('are listed leaf by leaf, with what was and what is', () => {
    expect(
      compareDumps(
        { configuration: { max_duration: 604800, image: 'a', gone: true } },
        { configuration: { max_duration: 86400, image: 'a', tags: { team: 'ml' } } },
      ),
    ).toEqual({
      '/configuration/max_duration': { from: 604800, to: 86400 },
      '/configuration/gone': { from: true },
      '/configuration/tags/team': { to: 'ml' },
    });
  });

  it('follow the order of the dump before, and then of the dump after', () => {
    expect(Object.keys(compareDumps({ b: 1, a: 1 }, { d: 1, a: 2, c: 1, b: 2 }))).toEqual([
      '/b',
      '/a',
      '/d',
      '/c',
    ]);
  });

  it('take null, absent and an empty mapping for the same, at any depth', () => {
    expect(compareDumps({ a: null, b: {}, c: { d: { e: null } } }, {})).toEqual({});
    expect(compareDumps({}, { a: null, b: {}, c: { d: { e: null } } })).toEqual({});
    expect(compareDumps({ a: [{ x: 1, y: null }] }, { a: [{ x: 1, z: {} }] })).toEqual({});
  });

  it('tell false, zero, an empty text and an empty list from nothing', () => {
    expect(compareDumps({ a: null, b: null, c: null, d: null }, { a: false, b: 0, c: '', d: [] })).toEqual({
      '/a': { to: false },
      '/b': { to: 0 },
      '/c': { to: '' },
      '/d': { to: [] },
    });
  });

  it('compare numbers by value and never with texts', () => {
    expect(
      compareDumps(hostile('{"a": 1, "b": 1e3, "c": -0}'), hostile('{"a": 1.0, "b": 1000, "c": 0}')),
    ).toEqual({});
    expect(compareDumps({ a: 1, b: 1 }, { a: '1', b: true })).toEqual({
      '/a': { from: 1, to: '1' },
      '/b': { from: 1, to: true },
    });
  });

  it('expand a mapping that takes the place of a value, and the other way round', () => {
    expect(compareDumps({ gpu: 1 }, { gpu: { count: 2, name: null } })).toEqual({
      '/gpu': { from: 1 },
      '/gpu/count': { to: 2 },
    });
    expect(compareDumps({ replicas: { min: 1, max: 2 } }, { replicas: [1] })).toEqual({
      '/replicas': { to: [1] },
      '/replicas/min': { from: 1 },
      '/replicas/max': { from: 2 },
    });
  });

  it('escape keys as RFC 6901 says', () => {
    expect(compareDumps({}, { 'a/b': 1, 'm~n': 1, '': 1, ' ': 1 })).toEqual({
      '/a~1b': { to: 1 },
      '/m~0n': { to: 1 },
      '/': { to: 1 },
      '/ ': { to: 1 },
    });
  });

  it('see keys that JavaScript gives a meaning to', () => {
    const before = hostile('{"tags": {"__proto__": "a", "constructor": "b"}}');
    const after = hostile('{"tags": {"__proto__": "c", "toString": "d", "hasOwnProperty": null}}');
    expect(compareDumps(before, after)).toEqual({
      '/tags/__proto__': { from: 'a', to: 'c' },
      '/tags/constructor': { from: 'b' },
      '/tags/toString': { to: 'd' },
    });
    expect(compareDumps(hostile('{"__proto__": {"polluted": 1}}'), {})).toEqual({
      '/__proto__/polluted': { from: 1 },
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    const list = compareDumps({ l: [] }, hostile('{"l": [{"__proto__": 1}]}'));
    expect(JSON.stringify(list)).toBe('{"/l":{"from":[],"to":[{"__proto__":1}]}}');
  });
});

describe('the changes in a list', () => {
  it('are recorded whole, without the keys that hold nothing', () => {
    expect(
      compareDumps(
        { regions: ['eu', 'us'], v: [{ a: 1, b: null }] },
        { regions: ['eu'], v: [{ a: 2, b: null }] },
      ),
    ).toEqual({
      '/regions': { from: ['eu', 'us'], to: ['eu'] },
      '/v': { from: [{ a: 1 }], to: [{ a: 2 }] },
    });
  });

  it('stand under the names of its items where all have one', () => {
    expect(
      compareDumps(
        {
          groups: [
            { name: 'prefill', privileged: true },
            { name: 'a/b', privileged: true },
          ],
        },
        {
          groups: [
            { name: 'a/b', privileged: true, n: 1 },
            { name: 'prefill', privileged: false },
          ],
        },
      ),
    ).toEqual({
      '/groups/prefill/privileged': { from: true, to: false },
      '/groups/a~1b/n': { to: 1 },
    });
  });

  it('list the leaves of named items that came or went', () => {
    expect(compareDumps({ g: [{ name: 'x', n: 1 }] }, { g: [{ name: 'y', n: { m: 2 } }] })).toEqual({
      '/g/x/name': { from: 'x' },
      '/g/x/n': { from: 1 },
      '/g/y/name': { to: 'y' },
      '/g/y/n/m': { to: 2 },
    });
  });

  it('tell an empty list from none where the other side has named items', () => {
    expect(compareDumps({ g: [{ name: 'x' }] }, { g: [] })).toEqual({
      '/g': { to: [] },
      '/g/x/name': { from: 'x' },
    });
    expect(compareDumps({ g: [{ name: 'x' }] }, { g: null })).toEqual({ '/g/x/name': { from: 'x' } });
    expect(compareDumps({}, { g: [{ name: 'x' }] })).toEqual({ '/g/x/name': { to: 'x' } });
    expect(compareDumps({ g: [] }, { g: [{ name: 'x' }] })).toEqual({
      '/g': { from: [] },
      '/g/x/name': { to: 'x' },
    });
  });

  it.each<[string, Json, Json]>([
    [
      'a name twice',
      [
        { name: 'x', n: 1 },
        { name: 'x', n: 2 },
      ],
      [{ name: 'x', n: 1 }],
    ],
    ['an item without a name', [{ name: 'x' }, { n: 1 }], [{ name: 'x' }]],
    ['a name that is no text', [{ name: 1, n: 1 }], [{ name: 1, n: 2 }]],
    ['names on one side only', [{ name: 'x' }], ['x']],
    ['an item that is no mapping', [{ name: 'x' }, 'y'], [{ name: 'x' }]],
  ])('are recorded whole with %s', (_, from, to) => {
    expect(compareDumps({ l: from }, { l: to })).toEqual({ '/l': { from, to } });
  });

  it('see names that JavaScript gives a meaning to', () => {
    expect(
      compareDumps(
        { g: [{ name: '__proto__', n: 1 }] },
        { g: [{ name: '__proto__', n: 2 }, { name: 'constructor' }] },
      ),
    ).toEqual({ '/g/__proto__/n': { from: 1, to: 2 }, '/g/constructor/name': { to: 'constructor' } });
  });
});

describe('for any two dumps', () => {
  // A small generator with a fixed seed: the same values in every run, without a library.
  let state = 20_250_101;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const scalars: readonly Json[] = [null, true, false, 0, 1, 1.5, '', 'a', 'b'];
  const value = (depth: number): Json => {
    const kind = depth === 0 ? 0 : random(4);
    if (kind === 0 || kind === 3) return scalars[random(scalars.length)] ?? null;
    const size = random(4);
    if (kind === 1) return Array.from({ length: size }, () => value(depth - 1));
    return Object.fromEntries(
      Array.from({ length: size }, () => ['k~/n'.charAt(random(4)), value(depth - 1)]),
    );
  };

  it('nothing differs from itself, and the way back is the way with from and to exchanged', () => {
    for (let round = 0; round < 2000; round++) {
      const a = value(4);
      const b = value(4);
      expect(compareDumps(a, structuredClone(a))).toEqual({});
      const there = compareDumps(a, b);
      const back = compareDumps(b, a);
      expect(Object.keys(back).sort()).toEqual(Object.keys(there).sort());
      for (const [pointer, { from, to }] of Object.entries(there)) {
        expect({ from: back[pointer]?.to, to: back[pointer]?.from }).toEqual({ from, to });
        expect(from === undefined && to === undefined).toBe(false);
      }
    }
  });

  it('ten thousand leaves and items are compared', () => {
    const leaves = (to: number) =>
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i % to]));
    const items = (n: number) => Array.from({ length: 10_000 }, (_, i) => ({ name: `i${i}`, n: i % n }));
    const changes = compareDumps({ a: leaves(2), b: items(2) }, { a: leaves(3), b: items(3) });
    expect(Object.keys(changes).length).toBeGreaterThan(10_000);
  });
});
