import { expect, it } from 'vitest';
import { describeListChange } from '../../src/replay/list-items.ts';

it('tells which items of a list came and which went', () => {
  expect(describeListChange(['eu-1', 'us-1', 'us-2'], ['eu-1', 'ap-1'])).toEqual({
    added: ['ap-1'],
    removed: ['us-1', 'us-2'],
  });
});

it('counts equal items, and says nothing of the order', () => {
  expect(describeListChange([1, 1, 2], [2, 1])).toEqual({ added: [], removed: [1] });
  expect(describeListChange([1, 2], [2, 1])).toEqual({ added: [], removed: [] });
});

it('holds items against each other as changes do: no matter the order of keys, or keys that hold nothing', () => {
  expect(describeListChange([{ a: 1, b: 2, c: null }], [{ b: 2, a: 1 }])).toEqual({ added: [], removed: [] });
  expect(describeListChange([{ a: 1 }], [[['a', 1]]])).toEqual({ added: [[['a', 1]]], removed: [{ a: 1 }] });
  expect(describeListChange([1], ['1'])).toEqual({ added: ['1'], removed: [1] });
});
