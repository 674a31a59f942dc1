import { describe, expect, it } from 'vitest';
import { compilePattern, loadPatternsOf } from '../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../src/replay/expectation/read.ts';
import { serviceExpectation } from '../../src/scaffold/service/service-expectation.ts';

const served = (text: string): string | null => serviceExpectation('x.expected.yml', text);

describe('what is expected of a package, said of its plugin service', () => {
  it('has dstack’s words before each rejection, and all else byte by byte', () => {
    const text = [
      '# ours',
      '- as: [alice@research, bob@research]   # both',
      '  outcome: rejected',
      '  "message": no more   # why',
      '  dstack: "<0.22"',
      '',
      '- as: admin@main',
      '  outcome: modified',
      '  changes:',
      '    /configuration/tags/message: {to: no more}',
      '- as: carol@research',
      '  outcome: rejected',
      '  message: |',
      '    two',
      '    lines',
      '',
    ].join('\n');
    const expected = text
      .replace('"message": no more ', '"message": "Apply request rejected: no more" ')
      .replace('    two\n', '    Apply request rejected: two\n');
    expect(served(text)).toBe(expected);
    expect(served(text.replaceAll('\n', '\r\n'))).toBe(expected.replaceAll('\n', '\r\n'));
    const { entries } = readExpectation('x.expected.yml', expected);
    expect(entries.map(({ rule }) => rule?.message)).toEqual([
      'Apply request rejected: no more',
      null,
      'Apply request rejected: two\nlines\n',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# nobody knows yet\n'],
    ['a context alone', '- as: alice@research\n'],
    ['a spec that stays', '- {as: admin@main, outcome: unchanged}\n'],
  ])('is the same where nothing is rejected: %s', (_, text) => {
    expect(served(text)).toBe(text);
  });

  it.each([
    ['a message without words', '- as: admin@main\n  outcome: rejected\n  message: ""\n'],
    ['no message', '- as: admin@main\n  outcome: rejected\n'],
    ['an alias', '- &a\n  as: admin@main\n  outcome: rejected\n  message: no\n- *a\n'],
    ['a rejection in flow style', '- {as: admin@main, outcome: rejected, message: no}\n'],
    ['any line’s beginning', '- as: admin@main\n  outcome: rejected\n  message_matches: (?m)^no\n'],
    ['no list', 'as: admin@main\n'],
  ])('isn’t told where it can’t be told: %s', (_, text) => {
    expect(served(text)).toBeNull();
  });

  it.each([
    ['no more', ['no more', 'not: no more'], ['more']],
    ['^no more', ['no more!'], ['and no more']],
    ['^no|yes$', ['no!', 'oh yes'], ['oh no', 'yes!']],
    ['^(no|yes)$', ['no', 'yes'], ['oh yes', 'no!']],
    ['(?i)^NO', ['no more'], ['oh no']],
    ['(?:\\Ano|\\Ayes)', ['no', 'yes'], ['oh no']],
    ['a[^b]c', ['azc'], ['abc']],
    ['a\\^b', ['a^b'], ['ab']],
    ['\\Q^\\E$', ['a^'], ['^b']],
  ])('has patterns that find what they found: %s', async (pattern, found, passedOver) => {
    const text = `- as: admin@main\n  outcome: rejected\n  message_matches: ${JSON.stringify(pattern)}\n`;
    await loadPatternsOf(text);
    const before = compilePattern(pattern);
    const after = readExpectation('x.expected.yml', served(text) ?? '').entries[0]?.rule?.messageMatches;
    for (const message of [...found, ...passedOver]) {
      expect(
        [before.foundIn(message), after?.foundIn(`Apply request rejected: ${message}`)],
        message,
      ).toEqual([found, found].map((list) => list.includes(message)));
    }
  });
});
