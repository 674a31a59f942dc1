import { expect, test } from 'vitest';
import { exactOf, plainOf, readExact, sameExact, writeExact } from '../../src/contract/exact.ts';

const numbers = '[12345678901234567890, 0.1, 1.0, 1e21, -0.0, 1E-400, 0.30000000000000004]';

test.each([
  numbers,
  '{"__proto__": {"a": 1}, "constructor": "1", "": [], "b": {}}',
  '["\\u0001#5", "\\u0001", "\\\\\\"5", "5", "\\ud83e\\udd89 \\u007f"]',
])('what is read is written as it was: %s', (text) => {
  expect(writeExact(readExact(text))).toBe(text);
});

test('numbers are the same by value, however long and however written', () => {
  const same = (a: string, b: string): boolean => sameExact(readExact(a), readExact(b));
  expect(same('1', '1.0')).toBe(true);
  expect(same('1e21', '1000000000000000000000')).toBe(true);
  expect(same('0.10', '1E-1')).toBe(true);
  expect(same('-0.0', '0')).toBe(true);
  expect(same('12345678901234567890', '12345678901234567000')).toBe(false);
  expect(same('1', '-1')).toBe(false);
  expect(same('1', '"1"')).toBe(false);
  expect(same('{"a": 1, "b": [2]}', '{"b": [2.0], "a": 1}')).toBe(true);
  expect(same('[1, 2]', '[2, 1]')).toBe(false);
  expect(same('{}', '[]')).toBe(false);
});

test.each(['', '{', '[1,]', '01', 'NaN', '{"a": 1} x', '['.repeat(200_000)])(
  'what is no JSON is refused: %.20s',
  (text) => {
    expect(() => readExact(text)).toThrow();
  },
);

test('a text of a megabyte is read', () => {
  const long = 'x\\'.repeat(500_000);
  expect(readExact(JSON.stringify([long]))).toEqual([long]);
});

test('plain values go in and come out', () => {
  const value = { a: [1, 0.5, 'x', null, true, {}], b: -3 };
  expect(plainOf(exactOf(value))).toEqual(value);
});
