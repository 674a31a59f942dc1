import { expect, test } from 'vitest';
import type { ReplayAnswer, WorkerAnswer } from '../../src/engine/protocol.ts';
import { Repeats } from '../../src/engine/repeats.ts';
import { answerWith } from '../replay/answers.ts';

/** An answer as the worker writes it: what it has of its own stands first. */
function line({ id, milliseconds, ...rest }: ReplayAnswer): string {
  return JSON.stringify({ id, milliseconds, ...rest });
}

function replayIn(answer: WorkerAnswer | null): ReplayAnswer {
  if (answer?.type !== 'replay') throw new Error('this is no replay');
  return answer;
}

test('an answer that comes again is the first one, with its own number and time', () => {
  const repeats = new Repeats();
  const answer = answerWith({ logs: ['INFO acme: {"id":1,"milliseconds":2}'] });
  repeats.begin();
  const first = replayIn(repeats.answerOf(line(answer)));
  repeats.begin();
  const again = replayIn(repeats.answerOf(line({ ...answer, id: 2, milliseconds: 0.5 })));
  expect(again).toEqual({ ...answer, id: 2, milliseconds: 0.5, first: expect.anything() });
  expect(again.first).toBe(first.first);
  expect(again.before).toBe(first.before);
});

test('one that differs in a single character is another', () => {
  const repeats = new Repeats();
  repeats.begin();
  const first = replayIn(repeats.answerOf(line(answerWith({ message: 'no' }))));
  repeats.begin();
  const other = replayIn(repeats.answerOf(line(answerWith({ message: 'No' }))));
  expect(other.message).toBe('No');
  expect(other.first).not.toBe(first.first);
});

test('what a request was not answered with is forgotten', () => {
  const repeats = new Repeats();
  repeats.begin();
  const first = replayIn(repeats.answerOf(line(answerWith({}))));
  repeats.begin();
  repeats.begin();
  expect(replayIn(repeats.answerOf(line(answerWith({})))).first).not.toBe(first.first);
});

test('no more than a thousand are kept', () => {
  const repeats = new Repeats();
  const texts = Array.from({ length: 3000 }, (_, sample) => line(answerWith({ sample })));
  const [first, again] = [1, 2].map(() => {
    repeats.begin();
    return texts.map((text) => replayIn(repeats.answerOf(text)));
  });
  const kept = first?.filter((answer, index) => again?.[index]?.first === answer.first);
  expect(kept).toHaveLength(1000);
  expect(again).toHaveLength(3000);
});

test('what lies in a sample and in the chain of policies stays the same as well', () => {
  const repeats = new Repeats();
  const texts = [
    '"sample":0,"type":"sample","kind":"run","configurationType":"task","secrets":["hush"]}',
    '"type":"loaded","logs":[],"noOffer":null,"plugins":["acme"],"policies":[]}',
  ];
  const members = texts.map((text) => {
    repeats.begin();
    const first = repeats.answerOf(`{"id":1,${text}`);
    repeats.begin();
    const again = repeats.answerOf(`{"id":2,${text}`);
    expect(again).toEqual({ ...first, id: 2 });
    return [first, again].map((answer) => {
      if (answer?.type === 'sample') return answer.secrets;
      return answer?.type === 'loaded' ? answer.policies : null;
    });
  });
  for (const [first, again] of members) {
    expect(first).not.toBeNull();
    expect(again).toBe(first);
  }
});

test.each(['', '{"id":1,', '{"id":1,"milliseconds":2,"type":"replay"}', '{"id":1,"type":"toString"}'])(
  'what is no answer is none: %s',
  (text) => {
    const repeats = new Repeats();
    repeats.begin();
    expect(repeats.answerOf(text)).toBeNull();
  },
);

test('what has no number of its own in front is read as it is', () => {
  const text = '{"type":"done","id":1,"spent":{}}';
  expect(new Repeats().answerOf(text)).toEqual({ type: 'done', id: 1, spent: {} });
});
