import { expect, it } from 'vitest';
import { withoutEntries } from '../../../src/replay/expectation/remove.ts';

const without = (text: string): string =>
  withoutEntries('x.expected.yml', text, ({ dstack }) => dstack === '<0.21');

it('entries go, and comments and all other bytes stay', () => {
  expect(
    without(`# head
- as: [a@b, c@d]  # both
  outcome:   unchanged
# on the old one
- as: [a@b, c@d]
  # why
  dstack: <0.21 # old
  outcome: modified
  changes:
    /a: {to: 1}

-
  as: e@f
  dstack: "<0.21"
  outcome: unchanged
- as: e@f
  outcome: unchanged
# end
`),
  ).toBe(`# head
- as: [a@b, c@d]  # both
  outcome:   unchanged
# on the old one
# why
# old

- as: e@f
  outcome: unchanged
# end
`);
});

it('a file without entries is left with its comments', () => {
  expect(without('# head\n- as: a@b\n  dstack: <0.21')).toBe('# head\n');
});

it('a file that can only be harmed is left alone', () => {
  for (const text of [
    '[{as: a@b, dstack: <0.21}, {as: a@b, dstack: ">=0.21"}]',
    '- as: a@b\n  dstack: <0.21\n  outcome: rejected\n  message: &m x\n- as: a@b\n  dstack: ">=0.21"\n  outcome: rejected\n  message: *m\n',
  ])
    expect(() => without(text)).toThrowError(
      expect.objectContaining({ code: 'expectation-not-updated', exitCode: 2 }),
    );
});
