import { expect, test } from 'vitest';
import type { ChainPolicy } from '../../src/engine/protocol.ts';
import type { Chain } from '../../src/replay/chain.ts';
import { readExpectation } from '../../src/replay/expectation/read.ts';
import { maskOf } from '../../src/replay/mask.ts';
import { replayOf } from '../../src/replay/repeated.ts';
import { type ReplayCircumstances, toReplay } from '../../src/replay/verdicts.ts';
import { answerWith, circumstancesWith, fact, policy } from './answers.ts';

const path = 'samples/train.expected.yml';

const chainOf = (...policies: readonly ChainPolicy[]): Chain => ({ root: '/srv/acme', policies });
const secrets: readonly string[] = ['hunter2-secret'];
const circumstances = circumstancesWith({
  mask: maskOf(secrets),
  chain: chainOf(policy('acme.Cap', { on_apply: 4 })),
});

const answer = answerWith({
  after: { configuration: { max_price: 2 } },
  steps: [{ policy: 0, dump: { configuration: { max_price: 2 } } }],
});
const first = { ...answer, first: answer };
const again = { ...first, id: 2, milliseconds: 99 };

test('an answer that comes again in the same circumstances is judged once', () => {
  const judged = replayOf(first, circumstances);
  const same = { ...circumstances, context: { ...circumstances.context }, mask: maskOf(secrets) };
  const repeated = replayOf(again, same);
  expect(repeated).toEqual(toReplay(again, same));
  expect(repeated.milliseconds).toBe(99);
  expect(repeated.logs).toBe(judged.logs);
});

test('nothing is kept of an answer that will not come again', () => {
  const judged = replayOf(answer, circumstances);
  expect(replayOf(answer, circumstances).logs).not.toBe(judged.logs);
});

test.each<readonly [string, Partial<ReplayCircumstances>]>([
  ['another sample', { sample: 'samples/other.dstack.yml' }],
  ['a sample of its own', { builtin: true }],
  ['another kind', { kind: 'volume' }],
  ['another type', { type: 'service' }],
  ['another context', { context: { user: 'alice', project: 'main', profile: null } }],
  ['another version', { dstack: '0.22.4' }],
  ['an expectation', { expectation: readExpectation(path, '- as: admin@main\n  outcome: unchanged\n') }],
  ['other secrets', { mask: maskOf(['hunter2-secret']) }],
  ['another root', { chain: { ...circumstances.chain, root: '/srv' } }],
  ['another policy', { chain: chainOf(policy('acme.Limit', { on_apply: 4 })) }],
  ['one policy more', { chain: chainOf(policy('acme.Cap', { on_apply: 4 }), policy('acme.Tag', {})) }],
  ['a policy that has another hook', { chain: chainOf(policy('acme.Cap', { on_run_apply: 4 })) }],
  ['whole specs', { keepSpecs: true }],
  ["a service's log", { serviceLog: ['started'] }],
])('it is judged anew with %s', (_, other) => {
  const judged = replayOf(first, circumstances);
  const repeated = replayOf(again, { ...circumstances, ...other });
  expect(repeated).toEqual(toReplay(again, { ...circumstances, ...other }));
  expect(repeated.logs).not.toBe(judged.logs);
});

const moved = { ...circumstances, chain: chainOf(policy('acme.Cap', { on_apply: 5 })) };

test('it is judged once where the policies only moved, and names them where they are by now', () => {
  const of = { ...answer, facts: [fact('unvalidated-value', { path: '/configuration/max_price' })] };
  const judged = replayOf({ ...of, first: of }, circumstances);
  const repeated = replayOf({ ...of, first: of, milliseconds: 7 }, moved);
  expect(repeated).toEqual(toReplay({ ...of, milliseconds: 7 }, moved));
  expect([repeated.changes[0]?.policy?.line, repeated.findings[0]?.line]).toEqual([5, 5]);
  expect(repeated.logs).toBe(judged.logs);
  const back = replayOf({ ...of, first: of }, circumstances);
  expect(back).toEqual(judged);
  expect(back.logs).toBe(judged.logs);
});

test('it is judged anew where the policies moved and a fact has a place of its own', () => {
  const own = { path: '/configuration/max_price', file: '/srv/acme/src/acme.py', line: 4 };
  const of = { ...answer, facts: [fact('lost-write', own)] };
  const judged = replayOf({ ...of, first: of }, circumstances);
  const repeated = replayOf({ ...of, first: of }, moved);
  expect(repeated).toEqual(toReplay(of, moved));
  expect([repeated.changes[0]?.policy?.line, repeated.findings[0]?.line]).toEqual([5, 4]);
  expect(repeated.logs).not.toBe(judged.logs);
});

test.each(['invalid', 'crashed', 'rejected'] as const)(
  'it is judged anew where the policies moved and it was %s by one of them',
  (outcome) => {
    const policyOf =
      outcome === 'invalid' ? null : { name: 'acme.Cap', file: '/srv/acme/src/acme.py', line: 4 };
    const of = { ...answer, outcome, message: 'no', policy: policyOf };
    const judged = replayOf({ ...of, first: of }, circumstances);
    const repeated = replayOf({ ...of, first: of }, moved);
    expect(repeated).toEqual(toReplay(of, moved));
    expect(repeated.by?.line).toBe(outcome === 'invalid' ? 5 : 4);
    expect(repeated.logs).not.toBe(judged.logs);
  },
);

test('it is judged anew where what was at one place is at two', () => {
  const both = (...lines: readonly number[]): ReplayCircumstances => ({
    ...circumstances,
    chain: chainOf(...lines.map((line) => policy('acme.Cap', { on_apply: line }))),
  });
  const of = { ...answer };
  const judged = replayOf({ ...of, first: of }, both(4, 4));
  const repeated = replayOf({ ...of, first: of }, both(4, 9));
  expect(repeated).toEqual(toReplay(of, both(4, 9)));
  expect(repeated.logs).not.toBe(judged.logs);
});

test.each([
  [1500, 3],
  [3, 1500],
])('it is judged anew where it took long, then or now: %d and %d ms', (then, now) => {
  const of = { ...answer, milliseconds: then };
  replayOf({ ...of, first: of }, circumstances);
  const repeated = replayOf({ ...of, milliseconds: now, first: of }, circumstances);
  expect(repeated).toEqual(toReplay({ ...of, milliseconds: now }, circumstances));
  expect(repeated.findings.map(({ code }) => code)).toEqual(now > 1000 ? ['slow'] : []);
});

test('it is judged anew where the expectation was changed', () => {
  const verdicts = ['1', '2'].map((to) => {
    const expected = `- as: admin@main\n  outcome: modified\n  changes:\n    /configuration/max_price: {from: 7.5, to: ${to}}\n`;
    return replayOf(again, { ...circumstances, expectation: readExpectation(path, expected) }).verdict;
  });
  expect(verdicts).toEqual(['differs', 'passed']);
});
