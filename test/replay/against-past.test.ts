import { describe, expect, test } from 'vitest';
import {
  changeOfResult,
  differencesBetween,
  heldAgainstPast,
  newFindings,
  pairsOf,
} from '../../src/replay/against-past.ts';
import { sumText } from '../../src/report/against.ts';
import { change, finding, replay } from '../report/reports.ts';

const modified = (to: number) =>
  replay({ outcome: 'modified', changes: [change('/configuration/max_price', 7.5, to)] });

describe('what became of a replay', () => {
  test.each([
    ['same', modified(2), modified(2)],
    ['other-values', modified(2), modified(1)],
    ['rejected', modified(2), replay({ outcome: 'rejected', message: 'no' })],
    ['unchanged', modified(2), replay({})],
    ['crashed', replay({}), replay({ outcome: 'crashed', message: 'KeyError' })],
    [
      'other-message',
      replay({ outcome: 'rejected', message: 'no' }),
      replay({ outcome: 'rejected', message: 'never' }),
    ],
    ['added', null, replay({})],
    ['gone', replay({}), null],
  ])('%s', (what, before, now) => {
    expect(changeOfResult({ before, now })).toBe(what);
  });

  test('the policy that made a change, and the order of changes, are no difference', () => {
    const [a, b] = [change('/a', 1, 2), change('/b', 1, 2)];
    const elsewhere = { ...b, policy: { name: 'other', file: null, line: 3 } };
    const before = replay({ outcome: 'modified', changes: [a, b] });
    const now = replay({ outcome: 'modified', changes: [elsewhere, a] });
    expect(changeOfResult({ before, now })).toBe('same');
  });
});

test('a replay has its counterpart in the same context, on the same version', () => {
  const as = (user: string, dstack: string) => replay({ user, dstack });
  const now = [as('alice', '0.21.5'), as('alice', '0.22.5'), as('bob', '0.22.5')];
  const before = [as('bob', '0.22.5'), as('alice', '0.22.5'), as('carol', '0.22.5')];
  expect(pairsOf(before, now)).toEqual([
    { now: now[0], before: null },
    { now: now[1], before: before[1] },
    { now: now[2], before: before[0] },
    { now: null, before: before[2] },
  ]);
});

test('what was is what is expected, where it can be', () => {
  expect(heldAgainstPast({ before: modified(2), now: modified(1) })).toMatchObject({
    verdict: 'differs',
    expected: { outcome: 'modified', changes: { '/configuration/max_price': { from: 7.5, to: 2 } } },
  });
  expect(heldAgainstPast({ before: replay({ outcome: 'crashed' }), now: replay({}) })).toMatchObject({
    verdict: 'new',
    expected: null,
  });
});

test('a finding is new where its defect is, whatever the value in its words', () => {
  const before = replay({ findings: [finding({ code: 'slow', text: '1.4 s' })] });
  const now = replay({ findings: [finding({ code: 'slow', text: '1.5 s' }), finding({ code: 'prints' })] });
  expect(newFindings({ before, now }).map(({ code }) => code)).toEqual(['prints']);
});

test('the sums are of samples, whatever the number of contexts', () => {
  const in2 = (before: ReturnType<typeof replay>, now: ReturnType<typeof replay>, sample: string) =>
    ['alice', 'bob'].map((user) => ({ before: { ...before, user, sample }, now: { ...now, user, sample } }));
  const pairs = [
    ...in2(replay({}), replay({ outcome: 'rejected' }), 'a'),
    ...in2(replay({}), replay({ outcome: 'rejected' }), 'b'),
    ...in2(modified(2), modified(1), 'c'),
    ...in2(replay({}), replay({}), 'd'),
  ];
  expect(sumText(pairs, differencesBetween(pairs))).toBe(
    '3 of 4 samples change: 2 are now rejected, 1 gets other values.',
  );
  expect(sumText(pairs.slice(6), [])).toBe('None of 1 sample changes.');
});
