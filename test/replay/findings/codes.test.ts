import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findingCodes, findingSeverities } from '../../../src/replay/findings/codes.ts';

const page = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ code: text.slice(0, text.indexOf('\n')), text }));

test('every finding has a section in the documentation, in one order, and no section is without a finding', () => {
  expect(sections.map(({ code }) => code)).toEqual(findingCodes);
});

test.each(findingCodes)(
  'the section of %s says how grave it is, what users see, what to do, and how to silence it',
  (code) => {
    const text = sections.find((section) => section.code === code)?.text ?? '';
    expect(text).toMatch(new RegExp(`^\\*${findingSeverities[code]}`, 'm'));
    for (const part of ['**What a user sees:**', '\nBad:\n', '\nGood:\n', `ignore: [{finding: ${code},`])
      expect(text).toContain(part);
  },
);
