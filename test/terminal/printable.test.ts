import { expect, it } from 'vitest';
import { printable, printableLines } from '../../src/terminal/printable.ts';

it.each([
  ['plain é 漢字 🚀', 'plain é 漢字 🚀'],
  ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\u009b31m', '\\x9b31m'],
  ['a\nb\rc\td', 'a\\nb\\rc\\td'],
  ['bell\u0007 null\0 delete\u007f', 'bell\\x07 null\\x00 delete\\x7f'],
  ['gpj.\u202egnp', 'gpj.\\u202egnp'],
  ['zero\u200bwidth', 'zero\\u200bwidth'],
  ['half \ud800 a pair', 'half \\ud800 a pair'],
])('%j is shown without effect on the terminal', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('lines stay lines', () => {
  expect(printableLines('one\r\ntwo\n\tthree \u001b[2J')).toBe('one\ntwo\n    three \\x1b[2J');
});
