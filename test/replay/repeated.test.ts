import { expect, test } from 'vitest';
import { readExpectation } from '../../src/replay/expectation/read.ts';
import { maskOf } from '../../src/replay/mask.ts';
import { replayOf } from '../../src/replay/repeated.ts';
import { type ReplayCircumstances, toReplay } from '../../src/replay/verdicts.ts';
import { answerWith, circumstancesWith, policy } from './answers.ts';

const path = 'samples/train.expected.yml';

const secrets: readonly string[] = ['hunter2-secret'];
const circumstances = circumstancesWith({
  mask: maskOf(secrets),
  chain: { root: '/srv/acme', policies: [policy('acme.Cap', { on_apply: 4 })] },
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
  expect(repeated.changes).toBe(judged.changes);
});

test('nothing is kept of an answer that will not come again', () => {
  const judged = replayOf(answer, circumstances);
  expect(replayOf(answer, circumstances).changes).not.toBe(judged.changes);
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
  ['policies that moved', { chain: { root: '/srv/acme', policies: [policy('acme.Cap', { on_apply: 5 })] } }],
  ['whole specs', { keepSpecs: true }],
  ["a service's log", { serviceLog: ['started'] }],
])('it is judged anew with %s', (_, other) => {
  const judged = replayOf(first, circumstances);
  const repeated = replayOf(again, { ...circumstances, ...other });
  expect(repeated).toEqual(toReplay(again, { ...circumstances, ...other }));
  expect(repeated.changes).not.toBe(judged.changes);
});

test('it is judged anew where the expectation was changed', () => {
  const verdicts = ['1', '2'].map((to) => {
    const expected = `- as: admin@main\n  outcome: modified\n  changes:\n    /configuration/max_price: {from: 7.5, to: ${to}}\n`;
    return replayOf(again, { ...circumstances, expectation: readExpectation(path, expected) }).verdict;
  });
  expect(verdicts).toEqual(['differs', 'passed']);
});
