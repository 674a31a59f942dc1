import { describe, expect, it } from 'vitest';
import { clipped, displayWidth, padded, shortened, wrapped } from '../../src/report/text-width.ts';

describe('the width of text', () => {
  it.each([
    ['plain', 5],
    ['größe', 5],
    ['cafe\u0301', 4],
    ['数据', 4],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['✓ ✗ → …', 7],
    ['🚀', 2],
    ['❤️', 2],
    ['🇩🇪', 2],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it('pads to columns, not to characters', () => {
    expect(padded('数据', 6)).toBe('数据  ');
    expect(padded('longer', 3)).toBe('longer');
  });
});

describe('cutting', () => {
  it('leaves alone what fits', () => {
    expect(shortened('12345', 5)).toBe('12345');
    expect(clipped('数据', 4)).toBe('数据');
  });

  it('keeps the beginning and the end', () => {
    expect(shortened('abcdefghij', 5)).toBe('ab…ij');
    expect(clipped('abcdefghij', 5)).toBe('abcd…');
  });

  it('keeps what differs visible, wherever it is', () => {
    const long = `${'x'.repeat(5000)}DIFFERENT${'y'.repeat(5000)}`;
    expect(shortened(long, 40, 5000)).toContain('DIFFERENT');
    for (let focus = 0; focus < 200; focus++) {
      const text = `${'-'.repeat(focus)}#${'-'.repeat(200 - focus)}`;
      const cut = shortened(text, 30, focus);
      expect(cut).toContain('#');
      expect(displayWidth(cut)).toBeLessThanOrEqual(30);
    }
  });

  it('never cuts a character in two', () => {
    const text = '🚀'.repeat(50);
    for (let columns = 8; columns < 60; columns++) {
      for (const focus of [0, 41, 99]) {
        const cut = shortened(text, columns, focus);
        expect(cut).not.toMatch(/\p{Cs}/u);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
      }
    }
  });
});

describe('wrapping', () => {
  it.each([
    ['breaks at spaces', 'one two three', 9, ['one two', 'three']],
    [
      'breaks paths after a slash',
      'samples/team/train.dstack.yml',
      16,
      ['samples/team/', 'train.dstack.yml'],
    ],
    ['breaks anything else anywhere', 'x'.repeat(12), 5, ['xxxxx', 'xxxxx', 'xx']],
    ['keeps the indentation of code', '    return None  # why', 12, ['    return', 'None  # why']],
    ['gives one line for nothing', '', 9, ['']],
    ['counts wide characters twice', '数据数据数', 4, ['数据', '数据', '数']],
  ])('%s', (_, text, columns, lines) => {
    expect(wrapped(text, columns)).toEqual(lines);
  });

  it('leaves room on the first line for what stands before it', () => {
    expect(wrapped('one two three', 9, 4)).toEqual(['one', 'two three']);
    expect(wrapped('longer two', 9, 4)).toEqual(['', 'longer', 'two']);
  });

  it('fits any width and loses no character but spaces', () => {
    const text = 'by acme_guard.CostPolicy · src/acme_guard/数据/__init__.py:14 🚀🚀🚀🚀🚀 / // end';
    for (let columns = 2; columns < 90; columns++) {
      const lines = wrapped(text, columns);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });
});
