import { expect, test } from 'vitest';
import { randomFor } from '../../src/contract/random.ts';

const some = (seed: number, purpose: string): readonly number[] => {
  const random = randomFor(seed, purpose);
  return Array.from({ length: 8 }, () => random.below(1000));
};

test('the same seed and purpose give the same numbers, on every machine', () => {
  expect(some(7, 'a')).toEqual(some(7, 'a'));
  expect(some(7, 'a')).not.toEqual(some(8, 'a'));
  expect(some(7, 'a')).not.toEqual(some(7, 'b'));
  expect(some(0, 'run')).toMatchInlineSnapshot(`
    [
      868,
      531,
      800,
      628,
      32,
      427,
      241,
      301,
    ]
  `);
});

test('what is shuffled is all there, and choices are spread', () => {
  const random = randomFor(1, 'x');
  expect([...random.shuffled([1, 2, 3, 4, 5])].sort()).toEqual([1, 2, 3, 4, 5]);
  const counts = [0, 0, 0, 0];
  for (let turn = 0; turn < 4000; turn++) counts[random.below(4)] = (counts[random.below(4)] ?? 0) + 1;
  expect(() => random.pick([])).toThrow();
  for (const count of counts) expect(count).toBeGreaterThan(0);
});
