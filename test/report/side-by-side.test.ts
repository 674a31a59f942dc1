import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { pageOf } from '../../src/report/page.ts';
import { sideBySide } from '../../src/report/side-by-side.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import { change, expectModified, expectRejected, hostileText, replay } from './reports.ts';

const plain = (columns: number) => pageOf({ columns, colour: false });

it('shows what was expected on the left and what came out on the right, and counts what agrees', () => {
  const differs = replay({
    outcome: 'modified',
    verdict: 'differs',
    changes: [
      change('/configuration/max_duration', 604800, 172800),
      change('/configuration/max_price', 7.5, 2),
      change('/configuration/tags/team', undefined, 'ml', null),
    ],
    expected: expectModified({
      '/configuration/max_duration': { from: 604800, to: 86400 },
      '/configuration/max_price': { from: 7.5, to: 2 },
      '/configuration/image': { to: '(any value)', inWords: true },
    }),
  });
  expect(`\n${sideBySide(differs, plain(100)).join('\n')}\n`).toMatchInlineSnapshot(`
    "
        expected                                         actual
        modified, 3 changes                              modified, 3 changes

        /configuration/max_duration
          604800 → 86400 (7d → 1d)                         604800 → 172800 (7d → 2d)
                                                           by acme_guard.CostPolicy
                                                           src/acme_guard/__init__.py:14

        /configuration/image
          (nothing) → (any value)                          not changed

        /configuration/tags/team
          not changed                                      (nothing) → ml

        1 other change as expected
    "
  `);
});

it('shows the messages of rejections, and who rejected', () => {
  const differs = replay({
    outcome: 'rejected',
    message: 'max_price must be set',
    by: { name: 'acme_guard.CostPolicy', file: 'src/acme_guard/__init__.py', line: 14 },
    verdict: 'differs',
    expected: expectRejected('max_price must be at most 4, which is what the finance department agreed to'),
  });
  expect(`\n${sideBySide(differs, plain(100)).join('\n')}\n`).toMatchInlineSnapshot(`
    "
        expected                                         actual
        rejected: max_price must be at most 4, which     rejected: max_price must be set
        is what the finance department agreed to         by acme_guard.CostPolicy
                                                         src/acme_guard/__init__.py:14
    "
  `);
});

it.each([100, 120, 200])('keeps to %i columns, in colour too, whatever a plugin says', (columns) => {
  const differs = replay({
    outcome: 'modified',
    verdict: 'differs',
    changes: [
      change(`/configuration/${hostileText}`, hostileText, `${hostileText}2`),
      change('/configuration/long', 'x'.repeat(5000), '漢字 '.repeat(2000)),
      change('/configuration/list', [1, 2, 3], [2, hostileText]),
    ],
    expected: {
      ...expectModified({ '/configuration/long': { to: 'y'.repeat(3000) } }),
      message: hostileText,
    },
  });
  for (const each of [
    differs,
    { ...differs, outcome: 'crashed', message: hostileText.repeat(200) } as const,
  ]) {
    const text = sideBySide(each, plain(columns)).join('\n');
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e\u200b]/u);
    const coloured = sideBySide(each, pageOf({ columns, colour: true })).map(stripVTControlCharacters);
    expect(coloured.join('\n')).toBe(text);
    expect(Math.max(...coloured.map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(coloured.length).toBeLessThan(100);
  }
});
