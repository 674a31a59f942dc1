import { expect, test } from 'vitest';
import type { NormaliseRequest } from '../../src/engine/protocol.ts';
import type { Json } from '../../src/replay/model.ts';
import { CommonForm } from '../../src/replay/normalise.ts';
import { answerWith } from './answers.ts';

/** Stands in for the newest version's worker: a dump of it says so, and it refuses those that are too old. */
function newest() {
  const asked: Json[] = [];
  const normalise = async ({ dumps }: Pick<NormaliseRequest, 'kind' | 'dumps'>) => {
    asked.push(...dumps);
    const refusals = dumps.map((dump) => (JSON.stringify(dump).includes('old') ? 'name: too old' : null));
    const answered = dumps.map((dump, index) => (refusals[index] === null ? { newest: dump } : null));
    return { type: 'normalised' as const, id: 1, dumps: answered, refusals };
  };
  return { asked, form: new CommonForm({ worker: { normalise }, dstack: '3' }) };
}

test('each spec is brought into the common form once, whichever versions and replays have it', async () => {
  const { asked, form } = newest();
  const reply = (name: string) => ({
    kind: 'run' as const,
    answer: answerWith({ before: { name }, after: { name }, steps: [{ policy: 0, dump: { name } }] }),
  });
  const [first, second] = await Promise.all([
    form.of([reply('a'), reply('b')], '1'),
    form.of([reply('b'), reply('a'), reply('c')], '2'),
  ]);
  expect(asked).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  const after = (answers: typeof first) => answers.map((answer) => answer.after);
  expect(after(first)).toEqual([{ newest: { name: 'a' } }, { newest: { name: 'b' } }]);
  expect(after(second)).toEqual(['b', 'a', 'c'].map((name) => ({ newest: { name } })));
  expect(second[2]?.steps).toEqual([{ policy: 0, dump: { newest: { name: 'c' } } }]);
});

test('specs of two kinds are two, however alike they are', async () => {
  const { asked, form } = newest();
  const answer = answerWith({ before: { name: 'a' }, after: null, steps: [] });
  await form.of(
    [
      { kind: 'run', answer },
      { kind: 'fleet', answer: { ...answer, before: { name: 'a' } } },
    ],
    '1',
  );
  expect(asked).toEqual([{ name: 'a' }, { name: 'a' }]);
});

test('an answer whose spec is refused keeps its own form, and says so', async () => {
  const { form } = newest();
  const answer = answerWith({ before: { name: 'old' }, after: { name: 'a' }, steps: [] });
  const [kept] = await form.of([{ kind: 'run', answer }], '1');
  expect(kept).toMatchObject({ before: { name: 'old' }, after: { name: 'a' } });
  expect(kept?.logs.at(-1)).toBe(
    'create-dstack-plugin: dstack 3 refuses this spec of dstack 1 (name: too old), so it is compared in its own form.',
  );
});
