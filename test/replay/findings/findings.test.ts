import { describe, expect, it } from 'vitest';
import type { ReplayAnswer } from '../../../src/engine/protocol.ts';
import { readExpectation } from '../../../src/replay/expectation/read.ts';
import type { Finding, Kind } from '../../../src/replay/model.ts';
import { type ReplayCircumstances, toReplay } from '../../../src/replay/verdicts.ts';
import { answerWith, chain, circumstancesWith, fact } from '../answers.ts';

const about = circumstancesWith({ chain });

function findings(of: Partial<ReplayAnswer>, more: Partial<ReplayCircumstances> = {}): readonly Finding[] {
  return toReplay(answerWith(of), { ...about, ...more }).findings;
}

function codes(of: Partial<ReplayAnswer>, more: Partial<ReplayCircumstances> = {}): readonly string[] {
  return findings(of, more).map(({ code }) => code);
}

const by = { name: 'acme.First', file: '/srv/acme/src/acme.py', line: 12 };

describe('a replay without a defect', () => {
  it('has no finding', () => {
    expect(findings({})).toEqual([]);
    expect(findings({ outcome: 'rejected', message: 'max_price must be set', policy: by })).toEqual([]);
  });
});

describe('what came out', () => {
  it('as a crash, an invalid spec or a timeout is an error, where the policy is', () => {
    expect(findings({ outcome: 'crashed', message: "KeyError: 'x'", policy: by })).toEqual([
      {
        code: 'crashed',
        severity: 'error',
        text: expect.stringContaining(
          "acme.First raises what dstack doesn't take for a rejection (KeyError: 'x').",
        ),
        file: 'src/acme.py',
        line: 12,
      },
    ]);
    expect(codes({ outcome: 'invalid', message: 'tags' })).toEqual(['invalid-result']);
    expect(codes({ outcome: 'timed-out', milliseconds: 10_000 })).toEqual(['timed-out']);
  });

  it('is not said twice where a fact explains it', () => {
    const crash = { outcome: 'crashed', message: 'x' } as const;
    expect(codes({ ...crash, facts: [fact('returns-nothing', { text: 'None' })] })).toEqual([
      'returns-nothing',
    ]);
    expect(codes({ ...crash, facts: [fact('exited', { policy: null, text: 'sys.exit' })] })).toEqual([
      'exited',
    ]);
    expect(codes({ ...crash, facts: [fact('out-of-memory', { text: '2 GB' })] })).toEqual(['exited']);
    const refused = { outcome: 'rejected', message: null, policy: by } as const;
    expect(codes({ ...refused, facts: [fact('accidental-rejection')] })).toEqual(['accidental-rejection']);
  });

  it('after a policy that gave nothing back blames nobody else', () => {
    const facts = [fact('returns-nothing', { text: 'None' }), fact('accidental-rejection', { policy: 1 })];
    const found = findings({ outcome: 'rejected', message: 'Unknown spec type', facts });
    expect(found).toMatchObject([{ code: 'returns-nothing', file: 'src/acme.py', line: 10 }]);
    expect(found[0]?.text).toContain('"Unknown spec type"');
  });

  it.each([
    [null, 'silent-rejection'],
    ['  ', 'silent-rejection'],
    ['ValueError', 'poor-message'],
    ["<class 'KeyError'>", 'poor-message'],
    ['Traceback (most recent call last):\n  File …', 'poor-message'],
    ['x'.repeat(1001), 'poor-message'],
    ['red \u001b[31m', 'poor-message'],
    ['carriage\rreturn', 'poor-message'],
  ])('as a rejection with the message %j is a warning', (message, code) => {
    expect(codes({ outcome: 'rejected', message, policy: by })).toEqual([code]);
  });

  it.each(['Two lines\r\n\tare fine', 'x'.repeat(1000), 'ValueError: set max_price', 'Größe: 2 €'])(
    'as a rejection with the message %j is fine',
    (message) => {
      expect(codes({ outcome: 'rejected', message, policy: by })).toEqual([]);
    },
  );

  it('after more than a second is slow, and with prints says what was printed, without secrets', () => {
    expect(codes({ milliseconds: 1000 })).toEqual([]);
    expect(codes({ milliseconds: 1001 })).toEqual(['slow']);
    const [prints] = findings({ printed: ['', 'token hunter2-secret'] });
    expect(prints).toMatchObject({ code: 'prints', severity: 'warning' });
    expect(prints?.text).toContain('"token ***"');
  });
});

describe('another name or type', () => {
  const renamed = {
    before: { run_name: 'a', configuration: { name: 'a' } },
    after: { run_name: 'b', configuration: { name: 'b' } },
  };

  it('is one error', () => {
    expect(codes(renamed)).toEqual(['identity-changed']);
    expect(
      codes({ before: { configuration: { type: 'task' } }, after: { configuration: { type: 'service' } } }),
    ).toEqual(['identity-changed']);
  });

  it('is fine for what had no name, and where the expectation says so', () => {
    expect(codes({ before: { configuration: {} }, after: { configuration: { name: 'b' } } })).toEqual([]);
    const expecting = (yaml: string): Partial<ReplayCircumstances> => ({
      expectation: readExpectation('a.expected.yml', yaml),
    });
    const change = '/configuration/name: {from: a, to: b}\n    /run_name: {from: a, to: b}';
    const entry = `- as: admin@main\n  outcome: modified\n  changes:\n    ${change}\n`;
    expect(codes(renamed, expecting(entry))).toEqual([]);
    expect(codes(renamed, expecting('- as: admin@main\n  outcome: unchanged\n'))).toEqual([
      'identity-changed',
    ]);
  });
});

describe('a fact', () => {
  it('about a write says what was written and what holds, without secrets', () => {
    const lost = fact('lost-write', {
      path: '/configuration/env/TOKEN',
      wrote: 'hunter2-secret',
      holds: null,
    });
    const [found] = findings({ facts: [lost] });
    expect(found?.text).toMatch(
      /^acme\.First writes "\*\*\*" to \/configuration\/env\/TOKEN, but the effective spec holds nothing/,
    );
  });

  it.each<[Kind, string]>([
    ['run', 'warning'],
    ['fleet', 'warning'],
    ['volume', 'error'],
    ['gateway', 'error'],
  ])('about a value of a %s that nothing checked is a %s', (kind, severity) => {
    const unvalidated = fact('unvalidated-value', { path: '/configuration/size', wrote: '1d', holds: 86400 });
    expect(findings({ facts: [unvalidated] }, { kind })).toMatchObject([
      { code: 'unvalidated-value', severity },
    ]);
  });

  it('names the line that it knows, else the hook, else nothing outside of the project', () => {
    const at = fact('foreign-rejection', { file: '/srv/acme/src/more.py', line: 7 });
    expect(findings({ facts: [at] })).toMatchObject([{ file: 'src/more.py', line: 7 }]);
    expect(findings({ facts: [fact('foreign-rejection')] })).toMatchObject([
      { file: 'src/acme.py', line: 10 },
    ]);
    expect(findings({ facts: [fact('foreign-rejection', { policy: 2 })] })).toMatchObject([
      { file: null, line: null },
    ]);
    expect(findings({ facts: [fact('foreign-rejection', { policy: 9 })] })).toMatchObject([
      { file: null, line: null },
    ]);
  });

  it('about no single policy names those that had a part in it', () => {
    const dump = { configuration: { max_price: 2 } };
    const order = fact('order-dependent', {
      policy: null,
      path: '/configuration/max_price',
      text: 'accepted',
    });
    const [wrote] = findings({ facts: [order], steps: [{ policy: 1, dump }], reached: [0, 1] });
    expect(wrote).toMatchObject({ file: 'src/acme.py', line: 30 });
    expect(wrote?.text).toMatch(
      /^With the samples in another order, acme\.Second made something else \(at \/configuration\/max_price\)/,
    );
    const update = fact('blocks-update', { policy: null });
    expect(findings({ facts: [update], reached: [0] })).toMatchObject([{ line: 10 }]);
    expect(findings({ facts: [update], reached: [0, 1] })).toMatchObject([{ line: null }]);
  });

  it('is said once, and errors come first', () => {
    const facts = [
      fact('chain-order', { other: 1, path: '/a' }),
      fact('chain-order', { other: 1, path: '/a' }),
      fact('plan-apply-differ'),
    ];
    expect(codes({ facts })).toEqual(['plan-apply-differ', 'chain-order']);
  });
});

describe('the dummy task of dstack offer', () => {
  const offer = { builtin: true, sample: '(dstack offer)' };

  it('that is refused or fails is a warning, with what users see', () => {
    const [rejected] = findings({ outcome: 'rejected', message: 'every run needs a tag', policy: by }, offer);
    expect(rejected).toMatchObject({
      code: 'breaks-offer',
      severity: 'warning',
      file: 'src/acme.py',
      line: 12,
    });
    expect(rejected?.text).toContain('"every run needs a tag"');
    expect(codes({ outcome: 'crashed', message: 'KeyError', policy: by }, offer)).toEqual([
      'crashed',
      'breaks-offer',
    ]);
  });

  it('may be changed', () => {
    expect(codes({ after: { configuration: { max_price: 2 } } }, offer)).toEqual([]);
  });
});
