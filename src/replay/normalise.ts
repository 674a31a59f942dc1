import { createHash } from 'node:crypto';
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
 * The form in which the specs of several versions are compared, so that a field that moved between them is no difference: the newest one's.
 * It is asked about each spec once, whichever versions and replays have it.
 */
export class CommonForm {
  readonly #worker: Pick<Worker, 'normalise'>;
  readonly #newest: string;
  /** By kind and dump, as a hash: there may be many thousands. */
  readonly #forms = new Map<string, Promise<Form>>();

  /** @param newest the worker of the newest version, and its name */
  constructor(newest: { readonly worker: Pick<Worker, 'normalise'>; readonly dstack: string }) {
    this.#worker = newest.worker;
    this.#newest = newest.dstack;
  }

  /**
   * The answers of another version, in their order, with their specs in this form. Where the newest refuses a spec, the answer keeps its own
   * form, and its log says so.
   *
   * @param version the one that made the answers
   * @throws as the worker does
   */
  async of(replies: readonly AnswerOfKind[], version: string): Promise<readonly ReplayAnswer[]> {
    const keys = new Map<Json, string>();
    const unknown = new Map<Kind, Map<string, Json>>();
    for (const { kind, answer } of replies) {
      for (const dump of dumpsOf(answer)) {
        const key = createHash('sha1')
          .update(`${kind} ${JSON.stringify(dump)}`)
          .digest('base64');
        keys.set(dump, key);
        if (this.#forms.has(key)) continue;
        const ofKind = unknown.get(kind) ?? new Map<string, Json>();
        unknown.set(kind, ofKind.set(key, dump));
      }
    }
    for (const [kind, dumps] of unknown) this.#ask(kind, [...dumps]);
    const known = [...keys].map(async ([dump, key]) => [dump, await this.#forms.get(key)] as const);
    const forms = new Map(await Promise.all(known));
    const formOf = (dump: Json): Form => forms.get(dump) ?? { dump, refusal: null };
    return replies.map(({ answer }) => inForm(answer, formOf, this.#newest, version));
  }

  #ask(kind: Kind, dumps: readonly (readonly [string, Json])[]): void {
    let before: Promise<unknown> = Promise.resolve();
    for (let start = 0; start < dumps.length; start += chunk) {
      const asked = dumps.slice(start, start + chunk);
      const answered = before.then(() =>
        this.#worker.normalise({ kind, dumps: asked.map(([, dump]) => dump) }),
      );
      before = answered;
      for (const [index, [key]] of asked.entries()) {
        const form = answered.then(({ dumps, refusals }) => ({
          dump: dumps[index] ?? null,
          refusal: refusals[index] ?? null,
        }));
        this.#forms.set(key, form);
      }
    }
  }
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
