import { describe, expect, it } from 'vitest';
import type { ReplayAnswer } from '../../../src/engine/protocol.ts';
import { Exercise } from '../../../src/replay/findings/exercise.ts';
import { settleFindings } from '../../../src/replay/findings/settle.ts';
import type { IgnoredFinding } from '../../../src/replay/findings/silencing.ts';
import type { Finding, Kind } from '../../../src/replay/model.ts';
import { finding, replay } from '../../report/reports.ts';
import { answerWith, chain, policy } from '../answers.ts';

type Seen = readonly [Partial<ReplayAnswer>, Kind?];

function unexercised(seen: readonly Seen[]): readonly string[] {
  const exercise = new Exercise();
  for (const [of, kind = 'run'] of seen) exercise.add(answerWith(of), chain, kind);
  return exercise
    .findings()
    .map(({ text, line }) => `${line}: ${text.slice(0, text.indexOf(':') > 0 ? text.indexOf(':') : 60)}`);
}

const changed = { policy: 0, dump: {} };

describe('after all samples', () => {
  it('nothing is said of policies that acted on one sample and left another alone, in each of their hooks', () => {
    const all: Seen[] = [
      [{ reached: [0, 1], steps: [changed, { policy: 1, dump: {} }] }],
      [{ reached: [0, 1] }],
      [{ reached: [0, 1] }, 'fleet'],
    ];
    expect(unexercised(all)).toEqual([]);
  });

  it('a hook that no sample reaches is named where it is', () => {
    const runs: Seen[] = [
      [{ reached: [0, 1], steps: [changed, { policy: 1, dump: {} }] }],
      [{ reached: [0, 1] }],
    ];
    expect(unexercised(runs)).toEqual(['20: No sample reaches acme.First.on_fleet_apply']);
  });

  it('a policy that never acts and one that always acts are named; a rejection is an act', () => {
    const name = 'acme.Second';
    const seen: Seen[] = [
      [{ reached: [0, 1], outcome: 'rejected', policy: { name, file: null, line: null } }],
      [{ reached: [0, 1], outcome: 'rejected', policy: { name, file: null, line: null } }, 'fleet'],
    ];
    const found = unexercised(seen);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/^10: No sample makes acme\.First change/);
    expect(found[1]).toMatch(/^30: acme\.Second acts on every sample/);
  });

  it('a policy that may have been the one that hung is not said to do nothing', () => {
    const found = unexercised([[{ reached: [0, 1], outcome: 'timed-out' }], [{ reached: [0, 1] }, 'fleet']]);
    expect(found).toEqual([]);
  });

  it('a class that is in the chain twice is named once', () => {
    const exercise = new Exercise();
    const twice = {
      root: '/srv/acme',
      policies: [policy('acme.A', { on_run_apply: 4 }), policy('acme.A', { on_run_apply: 4 })],
    };
    exercise.add(answerWith({ reached: [] }), twice, 'fleet');
    expect(exercise.findings()).toHaveLength(1);
  });
});

const looked = { everywhere: true, offer: true, serverChecks: false, orderCheck: false };
const ignored = (of: Partial<IgnoredFinding>): IgnoredFinding => ({
  finding: 'slow',
  samples: ['*'],
  reason: 'known',
  line: 3,
  ...of,
});
const slow = (sample: string, ...more: Finding[]) =>
  replay({ sample, findings: [finding({ code: 'slow' }), ...more] });

describe('a silenced finding', () => {
  const found = {
    bySample: [
      [slow('samples/a.dstack.yml', finding({ code: 'prints' }))],
      [slow('samples/gpu/b.dstack.yml')],
    ],
    builtin: [
      replay({
        sample: '(dstack offer)',
        builtin: true,
        verdict: null,
        findings: [finding({ code: 'slow' })],
      }),
    ],
    unexercised: [finding({ code: 'never-exercised' })],
  };
  const left = (ignore: readonly IgnoredFinding[]) => {
    const { bySample, builtin, findings } = settleFindings(found, ignore, looked);
    const codes = [...bySample.flat(), ...builtin].map((each) => each.findings.map(({ code }) => code));
    return { codes, run: findings.map(({ code, line }) => [code, line]) };
  };

  it('is gone from every sample, and no other is', () => {
    expect(left([ignored({})])).toEqual({ codes: [['prints'], [], []], run: [['never-exercised', null]] });
  });

  it('is gone from the samples that it names alone', () => {
    expect(left([ignored({ samples: ['gpu/*'] })]).codes).toEqual([['slow', 'prints'], [], ['slow']]);
  });

  it('of the whole run is gone, too', () => {
    expect(left([ignored({ finding: 'never-exercised' })]).run).toEqual([]);
  });

  it('that never occurs is named, at its line; where its check was made, and all samples were replayed', () => {
    const vain = [ignored({ finding: 'crashed', line: 8 }), ignored({ finding: 'order-dependent' })];
    expect(left(vain).run).toEqual([
      ['never-exercised', null],
      ['unused-ignore', 8],
    ]);
    const some = settleFindings(found, vain, { ...looked, everywhere: false });
    expect(some.findings).toEqual([]);
    expect(settleFindings(found, vain, { ...looked, orderCheck: true }).findings).toHaveLength(3);
    const ofServices = [ignored({ finding: 'not-json' }), ignored({ finding: 'fails-open' })];
    const unused = (more: object): number =>
      settleFindings(found, ofServices, { ...looked, ...more }).findings.length - found.unexercised.length;
    expect([unused({}), unused({ service: true }), unused({ service: true, contract: true })]).toEqual([
      0, 1, 2,
    ]);
  });
});
