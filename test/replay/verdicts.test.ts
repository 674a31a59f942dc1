import { beforeAll, describe, expect, it } from 'vitest';
import type { ReplayAnswer } from '../../src/engine/protocol.ts';
import { loadPatternsOf } from '../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../src/replay/expectation/read.ts';
import { createMask } from '../../src/replay/mask.ts';
import { type ReplayCircumstances, toReplay } from '../../src/replay/verdicts.ts';
import { circumstancesWith } from './answers.ts';

beforeAll(() => loadPatternsOf('to_matches'));

const answer: ReplayAnswer = {
  type: 'replay',
  id: 1,
  sample: 0,
  context: 0,
  outcome: 'accepted',
  message: null,
  before: { configuration: { max_price: 7.5, env: { TOKEN: 'hunter2-secret' } } },
  after: { configuration: { max_price: 2, env: { TOKEN: 'hunter2-secret' } } },
  policy: null,
  steps: [],
  facts: [],
  reached: [],
  traceback: null,
  printed: [],
  logs: [],
  milliseconds: 12,
};

const circumstances = circumstancesWith({ chain: { root: '/work', policies: [] } });

const expecting = (yaml: string): ReplayCircumstances => ({
  ...circumstances,
  expectation: readExpectation('samples/train.expected.yml', yaml),
});

describe('a replay', () => {
  it('that nothing is expected of is new, and shows what it would record', () => {
    expect(toReplay(answer, circumstances)).toEqual({
      sample: 'samples/train.dstack.yml',
      builtin: false,
      kind: 'run',
      type: 'task',
      user: 'admin',
      project: 'main',
      profile: null,
      dstack: '0.22.5',
      outcome: 'modified',
      message: null,
      by: null,
      changes: [{ path: '/configuration/max_price', from: 7.5, to: 2, policy: null }],
      verdict: 'new',
      expected: null,
      findings: [],
      logs: [],
      milliseconds: 12,
    });
  });

  it('that a looser expectation does not fit shows in words what is asked for, without the secrets in it', () => {
    const expected = expecting(
      '- as: admin@main\n  outcome: modified\n  changes:\n    /configuration/max_price: {from: 7.5, to_matches: "^hunter2-secret$"}\n',
    );
    expect(toReplay(answer, expected)).toMatchObject({
      verdict: 'differs',
      expected: {
        changes: { '/configuration/max_price': { from: 7.5, to: '(matches /^***$/)', inWords: true } },
      },
    });
  });

  it('that comes to what is expected passes, with the expectation beside it', () => {
    const expected = expecting(
      '- as: admin@main\n  outcome: modified\n  changes:\n    /configuration/max_price: {from: 7.5, to: 2.0}\n',
    );
    expect(toReplay(answer, expected)).toMatchObject({
      verdict: 'passed',
      expected: {
        outcome: 'modified',
        message: null,
        changes: { '/configuration/max_price': { from: 7.5, to: 2 } },
      },
    });
    expect(toReplay({ ...answer, after: answer.before }, expected)).toMatchObject({
      outcome: 'unchanged',
      changes: [],
      verdict: 'differs',
    });
  });

  it('in a context that only asks to be filled in is new', () => {
    expect(toReplay(answer, expecting('- as: admin@main\n'))).toMatchObject({
      verdict: 'new',
      expected: null,
    });
  });

  it('with a profile is held against the entry with that profile', () => {
    const both = expecting(
      '- as: admin@main\n  outcome: unchanged\n- as: admin@main\n  profile: gpu\n  outcome: rejected\n',
    );
    const replay = toReplay(
      { ...answer, outcome: 'rejected', after: null },
      { ...both, context: { user: 'admin', project: 'main', profile: 'gpu' } },
    );
    expect(replay).toMatchObject({ verdict: 'passed', profile: 'gpu' });
  });

  it('that crashes differs, and shows the traceback below what the plugin wrote', () => {
    const crash: ReplayAnswer = {
      ...answer,
      outcome: 'crashed',
      message: "KeyError: 'hunter2-secret'",
      after: null,
      printed: ['out hunter2-secret'],
      logs: ['log'],
      traceback: 'Traceback:\n  raise KeyError("hunter2-secret")\n',
    };
    expect(toReplay(crash, expecting('- as: admin@main\n  outcome: unchanged\n'))).toMatchObject({
      outcome: 'crashed',
      verdict: 'differs',
      message: "KeyError: '***'",
      changes: [],
      logs: ['out ***', 'log', 'Traceback:', '  raise KeyError("***")'],
    });
    expect(toReplay(crash, circumstances).verdict).toBe('differs');
  });

  it('that exchanges one secret for another is modified, and shows neither', () => {
    const swapped = toReplay(
      {
        ...answer,
        before: { env: { A: 'first-secret', B: 'x' } },
        after: { env: { A: 'other-secret', B: 'y' } },
      },
      { ...circumstances, mask: createMask(['first-secret', 'other-secret', 'x']) },
    );
    expect(swapped.outcome).toBe('modified');
    expect(swapped.changes).toEqual([
      { path: '/env/A', from: '***', to: '***', policy: null },
      { path: '/env/B', from: '***', to: 'y', policy: null },
    ]);
  });

  it('does not show a secret that somebody wrote into the expectation', () => {
    const written = expecting('- as: admin@main\n  outcome: rejected\n  message: no hunter2-secret\n');
    expect(toReplay(answer, written).expected?.message).toBe('no ***');
  });

  it('of a built-in sample has no verdict', () => {
    expect(
      toReplay(answer, { ...expecting('- as: admin@main\n  outcome: unchanged\n'), builtin: true }),
    ).toMatchObject({
      verdict: null,
      expected: null,
    });
  });
});
