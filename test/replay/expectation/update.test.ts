import { beforeAll, describe, expect, it } from 'vitest';
import { parseContext } from '../../../src/replay/context.ts';
import type { Actual } from '../../../src/replay/expectation/expectation.ts';
import { contextsOf } from '../../../src/replay/expectation/expectation.ts';
import { loadPatternsOf } from '../../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../../src/replay/expectation/read.ts';
import { type Result, updateExpectation } from '../../../src/replay/expectation/update.ts';
import type { Context } from '../../../src/replay/model.ts';

beforeAll(() => loadPatternsOf('message_matches'));

const unchanged: Actual = { outcome: 'unchanged', message: null, changes: {} };
const rejected = (message: string | null): Actual => ({ outcome: 'rejected', message, changes: {} });
const modified = (changes: Actual['changes']): Actual => ({ outcome: 'modified', message: null, changes });
const crashed: Actual = { outcome: 'crashed', message: 'KeyError', changes: {} };

function context(name: string, profile: string | null = null): Context {
  const parsed = parseContext(name);
  if (parsed === null) throw new Error(name);
  return { ...parsed, profile };
}

function results(actuals: Readonly<Record<string, Actual>>): readonly Result[] {
  return Object.entries(actuals).map(([name, actual]) => ({ context: context(name), actual }));
}

/** Updates, and holds that a second update has nothing to do. */
function update(existing: string | null, actuals: Readonly<Record<string, Actual>>): string | null {
  const text = updateExpectation('x.expected.yml', existing, results(actuals));
  if (text !== null) expect(updateExpectation('x.expected.yml', text, results(actuals))).toBeNull();
  return text;
}

const yaml = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('a first update', () => {
  it('writes the file as people write it, with one entry for contexts with equal results', () => {
    const change = modified({
      '/configuration/max_duration': { from: 604800, to: 86400 },
      '/configuration/regions': { from: ['eu-1', 'us-1', 'us-2'], to: ['eu-1'] },
      '/configuration/tags/team': { to: 'ml' },
      '/configuration/groups/prefill/privileged': { from: true },
    });
    expect(
      update(null, {
        'alice@research': change,
        'intern@research': rejected('max_price must be set'),
        'bob@research': change,
        'silent@main': rejected(null),
        'admin@main': unchanged,
      }),
    ).toBe(
      yaml(
        '- as: [alice@research, bob@research]',
        '  outcome: modified',
        '  changes:',
        '    /configuration/max_duration: {from: 604800, to: 86400}',
        '    /configuration/regions: {from: [eu-1, us-1, us-2], to: [eu-1]}',
        '    /configuration/tags/team: {to: ml}',
        '    /configuration/groups/prefill/privileged: {from: true}',
        '- as: intern@research',
        '  outcome: rejected',
        '  message: max_price must be set',
        '- as: silent@main',
        '  outcome: rejected',
        '- as: admin@main',
        '  outcome: unchanged',
      ),
    );
  });

  it('writes a message of several lines as a block', () => {
    expect(update(null, { 'a@b': rejected('too much:\n- gpu: 9\n- "x"') })).toBe(
      yaml('- as: a@b', '  outcome: rejected', '  message: |-', '    too much:', '    - gpu: 9', '    - "x"'),
    );
  });

  it('keeps contexts with different profiles apart', () => {
    const text = updateExpectation('x', null, [
      { context: context('a@b'), actual: unchanged },
      { context: context('a@b', 'gpu'), actual: unchanged },
    ]);
    expect(text).toBe(
      yaml('- as: a@b', '  outcome: unchanged', '- as: a@b', '  profile: gpu', '  outcome: unchanged'),
    );
    expect(contextsOf(readExpectation('x', text ?? ''))).toEqual([context('a@b'), context('a@b', 'gpu')]);
  });

  it('writes nothing where nothing can be recorded', () => {
    expect(update(null, { 'a@b': crashed })).toBeNull();
    expect(update(null, {})).toBeNull();
  });
});

describe('an update of a file that holds', () => {
  it('writes nothing, however the file is laid out', () => {
    const text = '[{"as": ["a@b"], "outcome": "modified", "changes": {"/x": {"from": 1.0, "to": 2}}}]';
    expect(update(text, { 'a@b': modified({ '/x': { from: 1, to: 2 } }) })).toBeNull();
  });

  it('writes nothing for results that can not be recorded', () => {
    expect(update(yaml('- as: a@b', '  outcome: unchanged'), { 'a@b': crashed })).toBeNull();
  });

  it('keeps a looser entry', () => {
    const text = yaml(
      '- as: a@b',
      '  outcome: modified',
      '  changes:',
      '    /x: {to_any: true}',
      '    /y: {to_matches: "^m"}',
      '  may_change: [/z]',
      '- as: c@d',
      '  outcome: rejected',
      '  message_matches: "price"',
    );
    expect(
      update(text, {
        'a@b': modified({ '/x': { to: 1 }, '/y': { to: 'ml' }, '/z/w': { to: 2 } }),
        'c@d': rejected('no max_price'),
      }),
    ).toBeNull();
  });
});

describe('an update of what differs', () => {
  const file = yaml(
    '# Who may do what',
    '',
    "- as: [alice@research, 'bob@research']        # the researchers",
    '  # agreed with finance in May',
    '  outcome:   "modified"',
    '  changes:   # by the cost policy',
    '    # a day at most',
    '    /configuration/max_duration: {from: 604800,  to: 86400}   # 7d, 1d',
    "    '/configuration/tags/team': {to: 'ml'}                      # no `from`",
    '    /last:',
    '      from: 1',
    '      to: 2',
    '    # the end of the changes',
    '  # the end of the entry',
    '',
    '# interns',
    '- as: intern@research',
    '  outcome: rejected   # always',
    '  message: max_price must be set',
    '# the end',
  );
  const before = {
    '/configuration/max_duration': { from: 604800, to: 86400 },
    '/configuration/tags/team': { to: 'ml' },
    '/last': { from: 1, to: 2 },
  };

  it('changes the value alone, and leaves every other byte', () => {
    const now = modified({ ...before, '/configuration/max_duration': { from: 604800, to: 43200 } });
    expect(
      update(file, { 'alice@research': now, 'bob@research': now, 'intern@research': rejected('other') }),
    ).toBe(
      file
        .replace('{from: 604800,  to: 86400}', '{from: 604800, to: 43200}')
        .replace('max_price must be set', 'other'),
    );
  });

  it('puts a new change behind the one that it follows, and takes one out with its comment kept', () => {
    const now = modified({
      '/first': { to: true },
      '/configuration/max_duration': { from: 604800, to: 86400 },
      '/second': { to: 'yes' },
      '/last': { from: 1, to: 2 },
      '/third': { from: [] },
    });
    expect(update(file, { 'alice@research': now, 'bob@research': now })).toBe(
      file
        .replace('    # a day at most\n', '    /first: {to: true}\n    # a day at most\n')
        .replace(
          "    '/configuration/tags/team': {to: 'ml'}                      # no `from`\n",
          '    # no `from`\n    /second: {to: "yes"}\n',
        )
        .replace('      to: 2\n', '      to: 2\n    /third: {from: []}\n'),
    );
  });

  it('takes a context out of an entry only where its result differs from the others', () => {
    expect(update(file, { 'alice@research': modified(before), 'bob@research': unchanged })).toBe(
      file
        .replace("[alice@research, 'bob@research']", 'alice@research')
        .replace(
          '  # the end of the entry\n',
          '  # the end of the entry\n- as: bob@research\n  outcome: unchanged\n',
        ),
    );
  });

  it('leaves a context in its entry that was not replayed', () => {
    expect(update(file, { 'alice@research': unchanged })).toBe(
      file
        .replace("[alice@research, 'bob@research']", 'bob@research')
        .replace(
          '  # the end of the entry\n',
          '  # the end of the entry\n- as: alice@research\n  outcome: unchanged\n',
        ),
    );
  });

  it('leaves a context in its entry whose result can not be recorded', () => {
    expect(update(file, { 'alice@research': unchanged, 'bob@research': crashed })).toContain(
      '- as: bob@research        # the researchers',
    );
  });

  it('gives the entry to the first of results that all changed', () => {
    expect(update(file, { 'alice@research': unchanged, 'bob@research': rejected('no') })).toBe(
      yaml(
        '# Who may do what',
        '',
        '- as: alice@research        # the researchers',
        '  # agreed with finance in May',
        '  outcome:   unchanged'.replace('   unchanged', ' unchanged'),
        '  # by the cost policy',
        '  # a day at most',
        '  # 7d, 1d',
        '  # no `from`',
        '    # the end of the changes',
        '  # the end of the entry',
        '- as: bob@research',
        '  outcome: rejected',
        '  message: "no"',
        '',
        '# interns',
        '- as: intern@research',
        '  outcome: rejected   # always',
        '  message: max_price must be set',
        '# the end',
      ),
    );
  });

  it('turns a rejection into changes, and changes into a rejection', () => {
    const now = {
      'alice@research': rejected('a\nb'),
      'bob@research': rejected('a\nb'),
      'intern@research': modified({ '/x': { to: 1 } }),
    };
    const text = update(file, now) ?? '';
    expect(text).toContain(
      '- as: intern@research\n  outcome: modified   # always\n  changes:\n    /x: {to: 1}\n# the end\n',
    );
    expect(text).toContain('  outcome: rejected\n  message: |-\n    a\n    b\n');
    for (const [comment] of file.matchAll(/#.*/g)) expect(text).toContain(comment);
  });

  it('keeps CRLF and a byte order mark', () => {
    const windows = `\ufeff${file.replaceAll('\n', '\r\n')}`;
    for (const now of [modified({ '/a': { to: 'x\ny' } }), rejected('a\nb'), unchanged]) {
      const actuals = { 'alice@research': now, 'bob@research': unchanged, 'new@main': now };
      const unix = update(file, actuals) ?? '';
      expect(update(windows, actuals)).toBe(`\ufeff${unix.replaceAll('\n', '\r\n')}`);
    }
  });

  it('fills in an entry that only names its contexts', () => {
    expect(update(yaml('- as: [a@b, c@d] # both', '# end'), { 'a@b': unchanged, 'c@d': rejected('x') })).toBe(
      yaml(
        '- as: a@b # both',
        '  outcome: unchanged',
        '- as: c@d',
        '  outcome: rejected',
        '  message: x',
        '# end',
      ),
    );
    expect(update(yaml('- as: [a@b, c@d]', '  profile: p'), {})).toBeNull();
    expect(update('- as: [a@b, c@d]', { 'a@b': crashed, 'c@d': unchanged })).toBe(
      yaml('- as: a@b', '- as: c@d', '  outcome: unchanged'),
    );
  });

  it('adds contexts that the file does not name', () => {
    expect(update(file, { 'new@main': unchanged, 'newer@main': unchanged })).toBe(
      file.replace('must be set\n', 'must be set\n- as: [new@main, newer@main]\n  outcome: unchanged\n'),
    );
  });

  it('takes contexts out of a list in lines', () => {
    const list = yaml(
      '- as:',
      '    - a@b  # lead',
      '    - c@d  # second',
      '    - e@f',
      '  outcome: unchanged',
    );
    expect(update(list, { 'a@b': unchanged, 'c@d': rejected('x'), 'e@f': unchanged })).toBe(
      yaml(
        '- as:',
        '    - a@b  # lead',
        '    # second',
        '    - e@f',
        '  outcome: unchanged',
        '- as: c@d',
        '  outcome: rejected',
        '  message: x',
      ),
    );
  });

  it('follows the indentation of the file', () => {
    const indented = yaml(
      '  -  as: a@b',
      '     outcome: modified',
      '     changes:',
      '         /a: {to: 1}',
      '',
      '  -  as: c@d',
      '     outcome: unchanged',
    );
    expect(
      update(indented, {
        'a@b': modified({ '/a': { to: 1 }, '/b': { to: 2 } }),
        'c@d': modified({ '/c': { to: 3 } }),
        'e@f': unchanged,
      }),
    ).toBe(
      yaml(
        '  -  as: a@b',
        '     outcome: modified',
        '     changes:',
        '         /a: {to: 1}',
        '         /b: {to: 2}',
        '',
        '  -  as: c@d',
        '     outcome: modified',
        '     changes:',
        '       /c: {to: 3}',
        '  - as: e@f',
        '    outcome: unchanged',
      ),
    );
  });

  it('takes out a key that stands behind the dash', () => {
    const text = yaml('- message: x # why', '  as: a@b', '  outcome: rejected');
    expect(update(text, { 'a@b': unchanged })).toBe(yaml('# why', '- as: a@b', '  outcome: unchanged'));
  });

  it('replaces a looser rule that no longer holds, and keeps those beside it', () => {
    const text = yaml(
      '- as: a@b',
      '  outcome: modified',
      '  changes:',
      '    /x: {to_any: true}',
      '    /y: {to_matches: "^m"}',
      '  may_change: [/z]',
      '- as: c@d',
      '  outcome: rejected',
      '  message_matches: "price"',
    );
    expect(
      update(text, {
        'a@b': modified({ '/x': { to: 1 }, '/y': { to: 'x' }, '/z': { to: 1 } }),
        'c@d': rejected('no'),
      }),
    ).toBe(
      text.replace('{to_matches: "^m"}', '{to: x}').replace('message_matches: "price"', 'message: "no"'),
    );
  });

  it('keeps the comments and the layout of looser rules, whichever of them still hold', () => {
    const text = yaml(
      '- as: a@b # team',
      '  outcome: modified',
      '  changes:',
      '    # whatever is cheapest today',
      '    /x: {from: 1, to_any: true} # any',
      '    /y: { to_matches: "^m", from: 2 } # a model',
      '  may_change:',
      '    - /z # a serial number',
      '- as: c@d',
      '  outcome: rejected',
      '  message_matches: "price" # in whatever words',
      '- as: e@f',
      '  outcome: unchanged',
      '  may_change: [/z] # sometimes',
    );
    const kept = {
      'a@b': modified({ '/x': { from: 1, to: 5 }, '/y': { from: 2, to: 'm4' }, '/z/deep': { to: 1 } }),
      'c@d': rejected('the price'),
      'e@f': modified({ '/z': { to: 1 } }),
    };
    expect(update(text, kept)).toBeNull();
    const now = {
      'a@b': modified({ '/x': { from: 1 }, '/y': { from: 2, to: 'm4' }, '/w': { to: 0 }, '/z': { to: 1 } }),
      'c@d': modified({ '/v': { to: 1 } }),
      'e@f': rejected('no'),
    };
    expect(update(text, now)).toBe(
      yaml(
        '- as: a@b # team',
        '  outcome: modified',
        '  changes:',
        '    # whatever is cheapest today',
        '    /x: {from: 1} # any',
        '    /y: { to_matches: "^m", from: 2 } # a model',
        '    /w: {to: 0}',
        '  may_change:',
        '    - /z # a serial number',
        '- as: c@d',
        '  outcome: modified',
        '  # in whatever words',
        '  changes:',
        '    /v: {to: 1}',
        '- as: e@f',
        '  outcome: rejected',
        '  message: "no"',
        '  # sometimes',
      ),
    );
  });

  it('holds empty files, comments alone, an empty list, and marks of a document', () => {
    const entry = yaml('- as: a@b', '  outcome: unchanged');
    const now = { 'a@b': unchanged };
    expect(update('', now)).toBe(entry);
    expect(update('# only this', now)).toBe(`# only this\n${entry}`);
    expect(update('[] # none yet\n', now)).toBe('- as: a@b\n  outcome: unchanged # none yet\n');
    expect(update('---\n- as: c@d\n  outcome: unchanged\n...\n', now)).toBe(
      '---\n- as: c@d\n  outcome: unchanged\n- as: a@b\n  outcome: unchanged\n...\n',
    );
  });

  it('lays out a file in flow style before it is edited, and keeps its comments', () => {
    expect(
      update('[{as: [a@b, c@d], outcome: modified, changes: {/x: {to: 1}}}] # flow\n', {
        'a@b': modified({ '/x': { to: 2 } }),
      }),
    ).toBe(
      yaml(
        '- as: c@d',
        '  outcome: modified',
        '  changes:',
        '    /x: {to: 1}',

        '- as: a@b',
        '  outcome: modified',
        '  changes:',
        '    /x: {to: 2}',
        '# flow',
      ),
    );
    expect(update('- {as: a@b, outcome: unchanged}\n', { 'a@b': rejected('x') })).toBe(
      yaml('- as: a@b', '  outcome: rejected', '  message: x'),
    );
  });

  it('leaves a file alone that it could only harm', () => {
    const text = yaml(
      '- as: a@b',
      '  outcome: modified',
      '  changes:',
      '    /x: {to: &list [1]}',
      '- as: c@d',
      '  outcome: modified',
      '  changes:',
      '    /x: {to: *list}',
    );
    expect(() => update(text, { 'a@b': unchanged })).toThrowError(
      expect.objectContaining({ code: 'expectation-not-updated', exitCode: 2 }),
    );
  });

  it('holds keys and values that YAML or JavaScript give a meaning to', () => {
    const changes = JSON.parse(
      '{"/tags/__proto__": {"to": {"__proto__": [1]}}, "/tags/constructor": {"from": "yes"}, "/a: b": {"to": "- x"}, "/#": {"to": "# y"}, "/m~0n~1o": {"to": "***"}}',
    ) as Actual['changes'];
    const more = {
      ...changes,
      [`/${'k'.repeat(2000)}`]: { to: 'a'.repeat(3000) },
      '/"q"': { to: ['a\nb', null] },
    };
    const first = update(null, { 'a@b': modified(changes) }) ?? '';
    const second = update(first, { 'a@b': modified(more) }) ?? '';
    expect(second.startsWith(first)).toBe(true);
    expect(update(second, { 'a@b': modified(changes) })).toBe(first);
  });

  it('records and compares ten thousand changes', () => {
    const changes = (to: number) =>
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`/k${i}`, { to: i % to }]));
    const first = update(null, { 'a@b': modified(changes(2)) });
    expect(update(first, { 'a@b': modified(changes(3)) })).toBe(
      update(null, { 'a@b': modified(changes(3)) }),
    );
  });
});
