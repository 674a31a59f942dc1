import { expect, it } from 'vitest';
import type { Replay } from '../../src/replay/model.ts';
import { decided, reviewItems } from '../../src/replay/review.ts';
import { change, expectUnchanged, replay } from '../report/reports.ts';

const as = (user: string, of: Partial<Replay> = {}): Replay => replay({ user, ...of });
const fresh = { verdict: 'new', expected: null } as const;
const differs = { verdict: 'differs', expected: expectUnchanged } as const;

const users = (items: ReturnType<typeof reviewItems>): readonly (readonly string[])[] =>
  items.map(({ replays }) => replays.map(({ user, dstack }) => `${user} ${dstack}`));

it('contexts in which the same came out on all versions are one question; what passed or cannot be recorded is none', () => {
  const capped = { outcome: 'modified', changes: [change('/a', 1, 2)] } as const;
  const sample = ['alice', 'bob', 'eve'].flatMap((user) => [
    as(user, { ...differs, ...capped, dstack: '0.21.2' }),
    as(user, { ...(user === 'eve' ? fresh : {}), dstack: '0.22.5' }),
  ]);
  const items = reviewItems([
    [as('alice')],
    sample,
    [as('alice', { ...differs, outcome: 'crashed', message: 'KeyError' })],
    [as('alice', fresh)],
  ]);
  expect(items.map((item) => item.sample)).toEqual([1, 1, 3]);
  expect(users(items)).toEqual([
    ['alice 0.21.2', 'alice 0.22.5', 'bob 0.21.2', 'bob 0.22.5'],
    ['eve 0.21.2', 'eve 0.22.5'],
    ['alice 0.22.5'],
  ]);
});

it('what is accepted is recorded together with what passed, and without the contexts that wait', () => {
  const sample = [as('alice', fresh), as('bob'), as('eve', differs)];
  const items = reviewItems([sample]);
  const [first] = items;
  if (first === undefined) throw new Error('nothing to review');
  expect(decided(sample, items, new Set([first])).map(({ user }) => user)).toEqual(['alice', 'bob']);
  expect(decided(sample, items, new Set(items))).toEqual(sample);
});
