import { beforeAll, describe, expect, it } from 'vitest';
import type { Actual } from '../../../src/replay/expectation/expectation.ts';
import { ruleFor } from '../../../src/replay/expectation/expectation.ts';
import { expectedOf, isRecordable, verdictOf } from '../../../src/replay/expectation/match.ts';
import { loadPatternsOf } from '../../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../../src/replay/expectation/read.ts';

beforeAll(() => loadPatternsOf('message_matches'));

function rule(yaml: string) {
  const found = ruleFor(readExpectation('x', `- as: a@b\n${yaml}`), {
    user: 'a',
    project: 'b',
    profile: null,
  });
  if (found === null) throw new Error('no rule');
  return found;
}

const unchanged: Actual = { outcome: 'unchanged', message: null, changes: {} };
const rejected = (message: string | null): Actual => ({ outcome: 'rejected', message, changes: {} });
const modified = (changes: Actual['changes']): Actual => ({ outcome: 'modified', message: null, changes });

describe('the verdict', () => {
  it('is new where nothing is recorded', () => {
    expect(verdictOf(unchanged, null)).toBe('new');
  });

  it.each(['crashed', 'invalid', 'timed-out'] as const)(
    'is differs for %s, whatever is expected',
    (outcome) => {
      const actual: Actual = { outcome, message: 'x', changes: {} };
      expect(isRecordable(outcome)).toBe(false);
      expect(verdictOf(actual, null)).toBe('differs');
      expect(verdictOf(actual, rule('  outcome: rejected\n  message: x\n'))).toBe('differs');
      expect(verdictOf(actual, rule('  outcome: unchanged\n  may_change: [/a]\n'))).toBe('differs');
    },
  );

  it('holds outcomes and messages to the letter', () => {
    expect(verdictOf(unchanged, rule('  outcome: unchanged\n'))).toBe('passed');
    expect(verdictOf(rejected('x'), rule('  outcome: unchanged\n'))).toBe('differs');
    expect(verdictOf(unchanged, rule('  outcome: rejected\n'))).toBe('differs');
    expect(verdictOf(rejected('x'), rule('  outcome: rejected\n  message: x\n'))).toBe('passed');
    expect(verdictOf(rejected('x'), rule('  outcome: rejected\n'))).toBe('differs');
    expect(verdictOf(rejected(null), rule('  outcome: rejected\n'))).toBe('passed');
    expect(verdictOf(rejected(null), rule('  outcome: rejected\n  message: null\n'))).toBe('passed');
    expect(verdictOf(rejected(null), rule('  outcome: rejected\n  message: ""\n'))).toBe('differs');
  });

  it('takes numbers by value, and null, absent and an empty mapping for the same', () => {
    const expected = rule(
      '  outcome: modified\n  changes:\n    /a: {from: null, to: 2.0}\n    /b: {from: [1, {x: {}}], to: {}}\n',
    );
    expect(verdictOf(modified({ '/a': { to: 2 }, '/b': { from: [1, {}] } }), expected)).toBe('passed');
    expect(verdictOf(modified({ '/a': { to: '2' }, '/b': { from: [1, {}] } }), expected)).toBe('differs');
  });

  it('misses no change, and no change too many', () => {
    const expected = rule('  outcome: modified\n  changes: {/a: {to: 1}, /b: {to: 1}}\n');
    expect(verdictOf(modified({ '/b': { to: 1 }, '/a': { to: 1 } }), expected)).toBe('passed');
    expect(verdictOf(modified({ '/a': { to: 1 } }), expected)).toBe('differs');
    expect(verdictOf(modified({ '/a': { to: 1 }, '/b': { to: 1 }, '/c': { to: 1 } }), expected)).toBe(
      'differs',
    );
    expect(verdictOf(modified({ '/a': { from: 0, to: 1 }, '/b': { to: 1 } }), expected)).toBe('differs');
    expect(verdictOf(modified({ '/a': { to: 1 } }), rule('  outcome: modified\n'))).toBe('differs');
  });
});

describe('a looser rule', () => {
  it('takes any value, but not that nothing is left, and not another one before', () => {
    const expected = rule('  outcome: modified\n  changes: {/a: {from: 1, to_any: true}}\n');
    expect(verdictOf(modified({ '/a': { from: 1, to: [0] } }), expected)).toBe('passed');
    expect(verdictOf(modified({ '/a': { from: 1 } }), expected)).toBe('differs');
    expect(verdictOf(modified({ '/a': { from: 2, to: 0 } }), expected)).toBe('differs');
    expect(verdictOf(unchanged, expected)).toBe('differs');
  });

  it('finds a pattern in a value or a message', () => {
    const expected = rule(
      '  outcome: modified\n  changes: {/a: {to_matches: "^r[0-9]+$"}, /b: {to_matches: "^4"}}\n',
    );
    expect(verdictOf(modified({ '/a': { to: 'r12' }, '/b': { to: 42 } }), expected)).toBe('passed');
    expect(verdictOf(modified({ '/a': { to: 'x' }, '/b': { to: 42 } }), expected)).toBe('differs');
    const message = rule('  outcome: rejected\n  message_matches: "max_(price|duration)"\n');
    expect(verdictOf(rejected('no max_price'), message)).toBe('passed');
    expect(verdictOf(rejected(null), message)).toBe('differs');
  });

  it('finds patterns as RE2 has them: anywhere, with flags in them, and in a time that grows with the text alone', () => {
    const message = rule('  outcome: rejected\n  message_matches: "(?i)MAX_price"\n');
    expect(verdictOf(rejected('set Max_Price'), message)).toBe('passed');
    const catastrophic = rule('  outcome: rejected\n  message_matches: "^(a+)+$"\n');
    expect(verdictOf(rejected(`${'a'.repeat(5000)}!`), catastrophic)).toBe('differs');
    expect(verdictOf(rejected('a'.repeat(5000)), catastrophic)).toBe('passed');
  });

  it('lets some pointers change or not, and nothing beside them', () => {
    const expected = rule('  outcome: modified\n  changes: {/a: {to: 1}}\n  may_change: [/tags, /b]\n');
    expect(verdictOf(modified({ '/a': { to: 1 } }), expected)).toBe('passed');
    expect(
      verdictOf(modified({ '/a': { to: 1 }, '/tags/run': { to: 'x' }, '/b': { from: 1 } }), expected),
    ).toBe('passed');
    expect(verdictOf(modified({ '/a': { to: 1 }, '/tagsx': { to: 'x' } }), expected)).toBe('differs');
    expect(verdictOf(unchanged, rule('  outcome: modified\n  may_change: [/b]\n'))).toBe('passed');
    expect(verdictOf(modified({ '/b': { to: 1 } }), rule('  outcome: unchanged\n  may_change: [/b]\n'))).toBe(
      'passed',
    );
  });
});

describe('what is expected, as it is shown', () => {
  it('is what is recorded', () => {
    expect(expectedOf(rule('  outcome: modified\n  changes: {/a: {from: 1, to: 2}}\n'), unchanged)).toEqual({
      outcome: 'modified',
      message: null,
      changes: { '/a': { from: 1, to: 2 } },
    });
  });

  it('is what came out where a looser rule holds, and the rule in words where it does not', () => {
    const expected = rule(
      '  outcome: modified\n  changes: {/a: {to_any: true}, /b: {from: 1, to_matches: "^x"}}\n  may_change: [/c]\n',
    );
    expect(
      expectedOf(expected, modified({ '/a': { to: 7 }, '/b': { from: 1, to: 'y' }, '/c/d': { to: 1 } }))
        .changes,
    ).toEqual({
      '/a': { to: 7 },
      '/b': { from: 1, to: '(matches /^x/)', inWords: true },
      '/c/d': { to: 1 },
    });
    expect(expectedOf(expected, unchanged).changes).toEqual({
      '/a': { to: '(any value)', inWords: true },
      '/b': { from: 1, to: '(matches /^x/)', inWords: true },
    });
    const message = rule('  outcome: rejected\n  message_matches: "price"\n');
    expect(expectedOf(message, rejected('no price')).message).toBe('no price');
    expect(expectedOf(message, rejected('no')).message).toBe('(matches /price/)');
  });
});
