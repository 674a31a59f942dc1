import type { Answer } from './answer.ts';
import type { Steady } from './generated-specs.ts';
import { type Checked, type Probe, sameAnswer } from './probe.ts';
import { randomFor } from './random.ts';
import { sentences } from './sentences.ts';

const atOnce = 16;
const rounds = 3;

/** What {@link checkConcurrent} sends. */
export const concurrentRequests = atOnce * rounds;

/** Sends requests at once whose answers are known from when each was alone. */
export async function checkConcurrent(probe: Probe, steady: readonly Steady[]): Promise<Checked> {
  const random = randomFor(probe.seed, 'concurrent');
  const chosen = random.shuffled(steady).slice(0, atOnce);
  if (new Set(chosen.map(({ body }) => body)).size < 2) {
    return {
      defects: [],
      judged: 0,
      unchecked: ['Requests at once: there were no two that got an answer alone.'],
    };
  }
  const wrong: { readonly call: Steady; readonly answer: Answer }[] = [];
  let judged = 0;
  for (let round = 0; round < rounds; round++) {
    const order = random.shuffled(chosen);
    const calls = Array.from({ length: atOnce }, (_, index) => order[index % order.length] as Steady); // within the list
    const answers = await probe.caller.sendAtOnce(calls);
    if (answers === null) break;
    judged += atOnce;
    for (const [index, answer] of answers.entries()) {
      const call = calls[index];
      if (call !== undefined && !sameAnswer(answer, call.answer)) wrong.push({ call, answer });
    }
  }
  const unchecked =
    judged < concurrentRequests ? [`Requests at once: ${judged} of ${concurrentRequests} were sent.`] : [];
  const [first] = wrong;
  if (first === undefined) return { defects: [], judged, unchecked };
  const { kind, body } = first.call;
  const text = sentences.notConcurrent(wrong.length, judged, how(wrong.map(({ answer }) => answer)));
  return {
    defects: [{ code: 'not-concurrent', kind, topic: 'concurrent', text, body, spec: null }],
    judged,
    unchecked,
  };
}

function how(answers: readonly Answer[]): string {
  const bad = answers.find((answer) => answer.type === 'bad');
  return bad?.type === 'bad'
    ? `the service ${bad.does}`
    : 'what came back belongs to another request, or to none';
}
