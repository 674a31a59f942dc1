import type { ReplayAnswer } from '../engine/protocol.ts';
import type { Worker } from '../engine/worker.ts';
import type { Json, Kind } from './model.ts';

/** A worker's answer about a spec of a kind. */
export interface AnswerOfKind {
  readonly kind: Kind;
  readonly answer: ReplayAnswer;
}

/** Dumps that are sent at once. */
const chunk = 200;

/**
 * Brings the specs of another version into the newest one's form, so that a field that moved between them is no difference. Where the newest
 * refuses a spec, the answer keeps its own form, and its log says so. What is returned is in the order of what is given.
 *
 * @param newest the worker of the newest version, and its name
 * @param version the one that made the answers
 */
export async function normalised(
  replies: readonly AnswerOfKind[],
  newest: { readonly worker: Pick<Worker, 'normalise'>; readonly dstack: string },
  version: string,
): Promise<readonly ReplayAnswer[]> {
  const parts = replies.map(({ kind, answer }) => ({ kind, dumps: dumpsOf(answer) }));
  const forms = new Map<Json, Form>();
  for (const kind of new Set(parts.map((part) => part.kind))) {
    const dumps = parts.filter((part) => part.kind === kind).flatMap((part) => part.dumps);
    for (let start = 0; start < dumps.length; start += chunk) {
      const asked = dumps.slice(start, start + chunk);
      const answer = await newest.worker.normalise({ kind, dumps: asked });
      for (const [index, dump] of asked.entries()) {
        forms.set(dump, { dump: answer.dumps[index] ?? null, refusal: answer.refusals[index] ?? null });
      }
    }
  }
  const formOf = (dump: Json): Form => forms.get(dump) ?? { dump, refusal: null };
  return replies.map(({ answer }) => inForm(answer, formOf, newest.dstack, version));
}

interface Form {
  readonly dump: Json;
  readonly refusal: string | null;
}

function inForm(
  answer: ReplayAnswer,
  formOf: (dump: Json) => Form,
  newest: string,
  version: string,
): ReplayAnswer {
  const [before, after] = [formOf(answer.before), formOf(answer.after)];
  const refusal = before.refusal ?? after.refusal;
  if (refusal !== null) {
    const said = `create-dstack-plugin: dstack ${newest} refuses this spec of dstack ${version} (${refusal}), so it is compared in its own form.`;
    return { ...answer, logs: [...answer.logs, ...said.split('\n')] };
  }
  const steps = answer.steps?.map((step) => {
    const form = formOf(step.dump);
    return form.refusal === null ? { ...step, dump: form.dump } : step;
  });
  return { ...answer, before: before.dump, after: after.dump, ...(steps === undefined ? {} : { steps }) };
}

/** What of an answer has to be brought into another form; a dump is known by its identity. */
function dumpsOf({ before, after, steps = [] }: ReplayAnswer): readonly Json[] {
  return [before, after, ...steps.map(({ dump }) => dump)].filter((dump) => dump !== null);
}
