import { beforeAll, describe, expect, it } from 'vitest';
import { contextsOf, entryFor, ruleFor } from '../../../src/replay/expectation/expectation.ts';
import { loadPatternsOf } from '../../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../../src/replay/expectation/read.ts';

beforeAll(() => loadPatternsOf('message_matches'));

const file = 'samples/x.expected.yml';

function failure(text: string): unknown {
  try {
    return readExpectation(file, text);
  } catch (error) {
    return error;
  }
}

describe('an expectation', () => {
  const text = `
- as: [alice@research, bob@research]
  outcome: modified
  changes:
    /configuration/max_duration: {from: 604800, to: 86400}
    /configuration/tags/team: {to: ml}
    /a: {from: 1, to_any: true}
    /b: {to_matches: "^x"}
  may_change: [/c]
- as: intern@research
  profile: gpu
  outcome: rejected
  message_matches: "max_price"
- as: intern@research
`;

  it('is read with its contexts, profiles, rules and lines', () => {
    const read = readExpectation(file, text);
    expect(read.path).toBe(file);
    expect(read.entries.map(({ line }) => line)).toEqual([2, 10, 14]);
    expect(contextsOf(read)).toEqual([
      { user: 'alice', project: 'research', profile: null },
      { user: 'bob', project: 'research', profile: null },
      { user: 'intern', project: 'research', profile: 'gpu' },
      { user: 'intern', project: 'research', profile: null },
    ]);
    expect(ruleFor(read, { user: 'bob', project: 'research', profile: null })).toEqual({
      outcome: 'modified',
      message: null,
      messageMatches: null,
      changes: {
        '/configuration/max_duration': { from: 604800, to: 86400, toAny: false, toMatches: null },
        '/configuration/tags/team': { to: 'ml', toAny: false, toMatches: null },
        '/a': { from: 1, toAny: true, toMatches: null },
        '/b': { toAny: false, toMatches: { source: '^x', foundIn: expect.any(Function) } },
      },
      mayChange: ['/c'],
    });
    expect(
      ruleFor(read, { user: 'intern', project: 'research', profile: 'gpu' })?.messageMatches?.source,
    ).toBe('max_price');
  });

  it('knows nothing of a context that it does not name, and asks to be filled in where an entry has no outcome', () => {
    const read = readExpectation(file, text);
    expect(entryFor(read, { user: 'eve', project: 'main', profile: null })).toBeNull();
    expect(entryFor(read, { user: 'intern', project: 'research', profile: null })).toMatchObject({
      line: 14,
      rule: null,
    });
    expect(ruleFor(read, { user: 'intern', project: 'research', profile: null })).toBeNull();
  });

  it('may be empty, hold comments alone, or be written in Windows', () => {
    for (const empty of ['', '# later\n', '[]', '---\n...\n'])
      expect(readExpectation(file, empty).entries).toEqual([]);
    const asData = (read: unknown): unknown => JSON.parse(JSON.stringify(read));
    expect(asData(readExpectation(file, `\ufeff${text.replaceAll('\n', '\r\n')}`))).toEqual(
      asData(readExpectation(file, text)),
    );
  });

  it('for certain dstack versions is decided by who knows them, and never guessed at', () => {
    const versions = readExpectation(
      file,
      '- {as: a@b, dstack: "<0.21.3", outcome: rejected}\n- {as: a@b, dstack: ">=0.21", outcome: unchanged}\n',
    );
    const context = { user: 'a', project: 'b', profile: null };
    expect(ruleFor(versions, context, (specifier) => specifier === '<0.21.3')?.outcome).toBe('rejected');
    expect(ruleFor(versions, context, () => false)).toBeNull();
    expect(() => ruleFor(versions, context, () => true)).toThrowError(
      expect.objectContaining({ code: 'ambiguous-expectation', exitCode: 2, place: { file, line: 2 } }),
    );
    expect(() => ruleFor(versions, context)).toThrowError(
      expect.objectContaining({ code: 'unsupported-expectation', exitCode: 2, place: { file, line: 1 } }),
    );
  });
});

describe('what is wrong with an expectation is said with its line', () => {
  it.each<[string, string, number, string]>([
    [
      'an unknown key',
      '- as: a@b\n  outcom: unchanged\n',
      2,
      'There is no key `outcom` here; did you mean `outcome`?',
    ],
    ['an unknown key that resembles none', '- as: a@b\n\n  zzz: 1\n', 3, 'There is no key `zzz` here.'],
    [
      'an unknown key of a change',
      '- as: a@b\n  outcome: modified\n  changes:\n    /x: {form: 1, to: 2}\n',
      4,
      'There is no key `form` here; did you mean `from`?',
    ],
    ['a key of JavaScript', '- as: a@b\n  __proto__: 1\n', 2, 'There is no key `__proto__` here.'],
    [
      'a wrong outcome',
      '- as: a@b\n  outcome: reject\n',
      2,
      'There is no outcome "reject"; did you mean rejected?',
    ],
    ['an outcome that is no text', '- as: a@b\n  outcome: 7\n', 2, 'There is no outcome 7.'],
    [
      'an outcome that is a failure',
      '- as: a@b\n  outcome: crashed\n',
      2,
      "The outcome crashed can't be recorded: it is a failure, whatever is expected.",
    ],
    [
      'a failure by time',
      '- as: a@b\n  outcome: timed-out\n',
      2,
      "The outcome timed-out can't be recorded: it is a failure, whatever is expected.",
    ],
    [
      'no context',
      '- outcome: unchanged\n',
      1,
      'An entry needs the key `as`: who the sample is replayed as, such as admin@main.',
    ],
    ['a bad context', '- as:\n    - a@b\n    - alice\n', 3, '"alice" is no context.'],
    ['a bad single context', '- as: "a b@c"\n', 1, '"a b@c" is no context.'],
    ['no contexts', '- as: []\n', 1, '`as` is empty.'],
    ['contexts that are no texts', '- as: [1]\n', 1, 'An item of `as` has to be a text.'],
    ['contexts of a wrong type', '- as: {a: b}\n', 1, '`as` has to be a text or a list.'],
    [
      'a context twice',
      '- as: a@b\n- as: c@d\n- as:\n   - e@f\n   - a@b\n',
      5,
      'a@b stands twice in this file, first in line 1.',
    ],
    [
      'a context twice in one entry',
      '- as: [a@b, a@b]\n',
      1,
      'a@b stands twice in this file, first in line 1.',
    ],
    [
      'a context twice with a profile',
      '- as: a@b\n- {as: a@b, profile: p}\n- as: a@b\n  profile: p\n',
      3,
      'a@b with the profile p stands twice in this file, first in line 2.',
    ],
    [
      'a single mapping',
      'as: a@b\noutcome: unchanged\n',
      1,
      'An expectation file is a list of entries; this one is not.',
    ],
    ['a text', 'unchanged\n', 1, 'An expectation file is a list of entries; this one is not.'],
    ['an entry that is no mapping', '- as: a@b\n- unchanged\n', 2, 'An entry has to be a mapping.'],
    ['YAML that does not parse', '- as: a@b\n  outcome: [\n', 3, "The YAML can't be parsed: "],
    ['a key twice', '- as: a@b\n  as: c@d\n', 2, 'The key `as` stands twice in one mapping.'],
    [
      'several documents',
      '- as: a@b\n---\n- as: c@d\n',
      2,
      'An expectation file holds one YAML document; this one has several.',
    ],
    [
      'an alias of itself',
      '- as: a@b\n  outcome: modified\n  changes: {/x: {to: &l [*l]}}\n',
      1,
      'An alias leads back to itself.',
    ],
    ['an alias of nothing', '- as: *a\n', 1, 'Unresolved alias'],
    [
      'a message of no rejection',
      '- as: a@b\n  outcome: unchanged\n  message: x\n',
      3,
      "`message` doesn't go with an outcome that is no rejection.",
    ],
    [
      'changes of a rejection',
      '- as: a@b\n  outcome: rejected\n  changes: {/a: {to: 1}}\n',
      3,
      "`changes` doesn't go with the outcome rejected.",
    ],
    [
      'changes of what is unchanged',
      '- as: a@b\n  outcome: unchanged\n  changes: {/a: {to: 1}}\n',
      3,
      "`changes` doesn't go with the outcome unchanged.",
    ],
    [
      'changes without an outcome',
      '- as: a@b\n  changes: {/a: {to: 1}}\n',
      2,
      'An entry with `changes` needs an `outcome`.',
    ],
    [
      'both messages',
      '- as: a@b\n  outcome: rejected\n  message: x\n  message_matches: x\n',
      4,
      "`message_matches` doesn't go with `message`.",
    ],
    [
      'to and to_any',
      '- as: a@b\n  outcome: modified\n  changes:\n    /a: {to: 1, to_any: true}\n',
      4,
      "`to_any` doesn't go with `to`.",
    ],
    [
      'to_any that is false',
      '- as: a@b\n  outcome: modified\n  changes:\n    /a: {to_any: false}\n',
      4,
      '`to_any` has to be true.',
    ],
    ['an empty change', '- as: a@b\n  outcome: modified\n  changes:\n    /a: {}\n', 4, '`/a` is empty.'],
    [
      'no pointer',
      '- as: a@b\n  outcome: modified\n  changes:\n    /a: {to: 1}\n    max_duration: {to: 1}\n',
      5,
      '`max_duration` is no JSON Pointer, such as /configuration/max_duration.',
    ],
    [
      'no pointer in may_change',
      '- as: a@b\n  outcome: modified\n  may_change:\n    - /a\n    - b\n',
      5,
      '`b` is no JSON Pointer, such as /configuration/max_duration.',
    ],
    [
      'no regular expression',
      '- as: a@b\n  outcome: rejected\n  message_matches: "("\n',
      3,
      '`message_matches` is no regular expression: missing closing ): (.',
    ],
    [
      'no regular expression in a change',
      '- as: a@b\n  outcome: modified\n  changes:\n    /a:\n      to_matches: "["\n',
      5,
      '`to_matches` is no regular expression: missing closing ]: [.',
    ],
    [
      'a pattern that only backtracking could find',
      '- as: a@b\n  outcome: rejected\n  message_matches: "(?!x)"\n',
      3,
      '`message_matches` is no regular expression: invalid or unsupported Perl syntax: (?!.',
    ],
    [
      'a pattern that would fill the memory',
      '- as: a@b\n  outcome: rejected\n  message_matches: "((a{900}){900}){900}"\n',
      3,
      '`message_matches` is no regular expression: invalid repeat count: {900}.',
    ],
  ])('%s', (_, text, line, sentence) => {
    const error = failure(text);
    expect(error).toMatchObject({
      name: 'Failure',
      code: 'invalid-expectation',
      exitCode: 2,
      place: { file, line },
    });
    expect((error as Error).message.startsWith(sentence), (error as Error).message).toBe(true);
  });

  it('the first in the file of several is said', () => {
    expect(failure('- as: a@b\n  x: 1\n- as: c@d\n  outcome: nothing\n')).toMatchObject({
      place: { line: 2 },
    });
    expect(failure('- as: a@b\n  outcome: nothing\n- as: c@d\n  x: 1\n')).toMatchObject({
      place: { line: 2 },
    });
  });
});
