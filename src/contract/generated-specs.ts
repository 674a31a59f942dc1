import { sameValue } from '../replay/equality.ts';
import type { FindingCode } from '../replay/findings/codes.ts';
import type { Json, JsonObject, Kind } from '../replay/model.ts';
import { pointerOf } from '../replay/pointer.ts';
import type { Answer } from './answer.ts';
import { bodyOf } from './caller.ts';
import { mutatedSpecs } from './candidates.ts';
import {
  type Exact,
  type ExactObject,
  exactAt,
  exactOf,
  isExactList,
  isExactObject,
  plainOf,
  sameExact,
} from './exact.ts';
import { type Checked, type Defect, type Endpoint, type Probe, sameAnswer } from './probe.ts';
import { sentences } from './sentences.ts';
import { shrunk } from './shrink.ts';

/** A request whose answer is the same each time. */
export interface Steady {
  readonly kind: Kind;
  readonly body: string;
  readonly answer: Answer;
}

export interface GeneratedChecked extends Checked {
  readonly steady: readonly Steady[];
  /** Specs that were made, and those of them that dstack accepts. */
  readonly made: number;
  readonly valid: number;
}

interface Problem {
  readonly code: FindingCode;
  readonly text: string;
}

/**
 * Sends specs that dstack accepts, made from its schema, each twice, and holds the answers to what dstack needs of them.
 *
 * @param wanted how many specs
 * @param until milliseconds that have to be left of the time
 */
export async function checkGenerated(
  probe: Probe,
  endpoint: Endpoint,
  wanted: number,
  until: number,
): Promise<GeneratedChecked> {
  const { kind, schema, bases, sender } = endpoint;
  const candidates = await mutatedSpecs(probe.parse, kind, schema, bases, wanted, probe.seed);
  const failing = new Map<
    FindingCode,
    { readonly spec: ExactObject; readonly text: string; readonly count: number }
  >();
  const steady: Steady[] = [];
  let judged = 0;
  for (const spec of [...bases, ...candidates.specs].slice(0, wanted)) {
    if (probe.caller.milliseconds < until) break;
    const sent = exactOf(spec) as ExactObject; // it comes from an object
    const found = await tryOut(probe, endpoint, sent);
    if (found === null) break;
    judged += 1;
    if (found.problem === null) steady.push({ kind, body: bodyOf(sender, sent), answer: found.answer });
    else {
      const { code, text } = found.problem;
      const known = failing.get(code) ?? { spec: sent, text, count: 0 };
      failing.set(code, { ...known, count: known.count + 1 });
    }
  }
  const defects: Defect[] = [];
  for (const [code, { spec, text, count }] of failing) {
    let said = text;
    const smaller = await shrunk(probe, kind, spec, [], async (candidate) => {
      const problem = (await tryOut(probe, endpoint, candidate))?.problem;
      if (problem?.code !== code) return false;
      said = problem.text;
      return true;
    });
    const often = `So it is with ${count} of ${judged} generated specs.`;
    defects.push({
      code,
      kind,
      topic: kind,
      text: `${said} ${often}`,
      body: bodyOf(sender, smaller),
      spec: smaller,
    });
  }
  const missing = wanted - judged;
  const unchecked =
    missing > 0
      ? [
          `Of ${wanted} generated specs of a ${kind}, ${judged} were sent: there was no time, or dstack refused too many.`,
        ]
      : [];
  return { defects, judged, unchecked, steady, made: candidates.made, valid: candidates.valid };
}

/** What is wrong with the answers to one spec, sent twice; null where there was no room for it. */
async function tryOut(
  probe: Probe,
  { kind, sender }: Endpoint,
  spec: ExactObject,
): Promise<{ readonly answer: Answer; readonly problem: Problem | null } | null> {
  const body = bodyOf(sender, spec);
  const answer = await probe.caller.send(kind, body);
  if (answer === null) return null;
  if (answer.type === 'bad')
    return { answer, problem: { code: answer.code, text: sentences.failsOverGenerated(kind, answer) } };
  const again = await probe.caller.send(kind, body);
  if (again === null) return null;
  if (!sameAnswer(answer, again))
    return { answer, problem: { code: 'plan-apply-differ', text: sentences.differs(kind) } };
  // dstack makes nothing of the spec of a rejection.
  return {
    answer,
    problem: answer.type === 'rejected' ? null : await problemOf(probe, kind, spec, answer.spec),
  };
}

async function problemOf(
  probe: Probe,
  kind: Kind,
  sent: ExactObject,
  got: ExactObject,
): Promise<Problem | null> {
  const [before, after] = await probe.parse(kind, [plainOf(sent), plainOf(got)]);
  if (before === undefined || after === undefined) throw new Error('dstack was asked about two specs');
  for (const tokens of identities) {
    const [from, to] = [exactAt(sent, tokens) ?? null, exactAt(got, tokens)];
    if (from !== null && !sameExact(from, to))
      return { code: 'identity-changed', text: sentences.identity(kind, pointerOf(tokens), from, to) };
  }
  if (after.refusal !== null) return { code: 'invalid-result', text: sentences.refused(kind, after.refusal) };
  const lost = firstDropped(sent, got, [], (tokens) => {
    const [from, to] = [valueAt(before.dump, tokens), valueAt(after.dump, tokens)];
    // A field of dstack's is in every dump. What isn't there is a key that people chose, such as a tag, and a policy may take that out.
    return to === undefined || sameValue(from, to);
  });
  if (lost === null) return null;
  return {
    code: 'dropped-fields',
    text: sentences.drops(kind, pointerOf(lost), exactAt(sent, lost) ?? null),
  };
}

const identities = [['configuration', 'type'], ['run_name'], ['configuration', 'name']] as const;

/**
 * The first key that held something and isn't in the answer; what dstack fills in again by its defaults isn't lost.
 *
 * @param fine whether nothing is lost at a place
 */
function firstDropped(
  sent: Exact,
  got: Exact | undefined,
  tokens: readonly string[],
  fine: (tokens: readonly string[]) => boolean,
): readonly string[] | null {
  if (isExactObject(sent) && isExactObject(got)) {
    for (const [key, item] of Object.entries(sent)) {
      const here = [...tokens, key];
      const absent = !Object.hasOwn(got, key);
      if (absent && item !== null && !fine(here)) return here;
      const deeper = absent ? null : firstDropped(item, got[key], here, fine);
      if (deeper !== null) return deeper;
    }
  }
  if (isExactList(sent) && isExactList(got) && sent.length === got.length) {
    for (const [index, item] of sent.entries()) {
      const deeper = firstDropped(item, got[index], [...tokens, String(index)], fine);
      if (deeper !== null) return deeper;
    }
  }
  return null;
}

function valueAt(dump: Json, tokens: readonly string[]): Json | undefined {
  let here: Json | undefined = dump;
  for (const token of tokens) {
    const holder: Json | undefined = here;
    if (typeof holder !== 'object' || holder === null) return undefined;
    here = Object.hasOwn(holder, token) ? (holder as JsonObject)[token] : undefined; // a list's index is its key
  }
  return here;
}
