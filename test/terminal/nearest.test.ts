import { expect, it } from 'vitest';
import { distance, nearest } from '../../src/terminal/nearest.ts';

it.each([
  ['', '', 0],
  ['abc', '', 3],
  ['test', 'tset', 1],
  ['kitten', 'sitting', 3],
  ['é', 'e', 1],
])('from %j to %j it is %d slips', (from, to, slips) => {
  expect(distance(from, to)).toBe(slips);
  expect(distance(to, from)).toBe(slips);
});

it.each([
  ['max-prise', ['max-price', 'max-duration'], 'max-price'],
  ['MAX-PRICE', ['max-price'], 'max-price'],
  ['tset', ['test', 'doctor'], 'test'],
  ['priv', ['no-privileged', 'privileged-x'], 'privileged-x'],
  ['max', ['max-price', 'max-duration'], null],
  ['acme-guard', ['test', 'doctor', 'help'], null],
  ['x', [], null],
])('%j among %j means %j', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
