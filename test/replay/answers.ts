import type { ChainPolicy, Fact, ReplayAnswer } from '../../src/engine/protocol.ts';
import type { Chain } from '../../src/replay/chain.ts';
import { createMask } from '../../src/replay/mask.ts';
import type { ReplayCircumstances } from '../../src/replay/verdicts.ts';

/** The worker's answer for a task that the policies left as it was, with what a test wants to be different. */
export function answerWith(of: Partial<ReplayAnswer>): ReplayAnswer {
  return {
    type: 'replay',
    id: 1,
    sample: 0,
    context: 0,
    outcome: 'accepted',
    message: null,
    before: { configuration: { max_price: 7.5 } },
    after: { configuration: { max_price: 7.5 } },
    policy: null,
    steps: [],
    facts: [],
    reached: [],
    traceback: null,
    printed: [],
    logs: [],
    milliseconds: 12,
    ...of,
  };
}

/** What else is known of it. */
export function circumstancesWith(
  of: Pick<ReplayCircumstances, 'chain'> & Partial<ReplayCircumstances>,
): ReplayCircumstances {
  return {
    sample: 'samples/train.dstack.yml',
    builtin: false,
    kind: 'run',
    type: 'task',
    context: { user: 'admin', project: 'main', profile: null },
    dstack: '0.22.5',
    expectation: null,
    mask: createMask(['hunter2-secret']),
    ...of,
  };
}

export function fact(code: Fact['code'], of: Partial<Fact> = {}): Fact {
  return { code, policy: 0, file: null, line: null, path: null, text: null, ...of };
}

/** A policy of the project's file, whose hooks begin at these lines. */
export function policy(name: string, hooks: Readonly<Record<string, number>>): ChainPolicy {
  const file = '/srv/acme/src/acme.py';
  return {
    name,
    file,
    line: 1,
    hooks: Object.fromEntries(Object.entries(hooks).map(([hook, line]) => [hook, { file, line }])),
  };
}

export const chain: Chain = {
  root: '/srv/acme',
  policies: [
    policy('acme.First', { on_run_apply: 10, on_fleet_apply: 20 }),
    policy('acme.Second', { on_apply: 30 }),
    {
      name: 'other.Policy',
      file: '/elsewhere/other.py',
      line: 3,
      hooks: { on_run_apply: { file: '/elsewhere/other.py', line: 3 } },
    },
  ],
};
