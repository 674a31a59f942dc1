import type { FindingCode } from '../replay/findings/codes.ts';
import type { JsonObject, Kind } from '../replay/model.ts';
import type { Answer } from './answer.ts';
import type { Caller, Sender } from './caller.ts';
import { type ExactObject, sameExact } from './exact.ts';
import type { Parse } from './oracle.ts';
import type { SpecSchema } from './schema.ts';

/** What the checks work with. */
export interface Probe {
  readonly caller: Caller;
  readonly parse: Parse;
  readonly seed: number;
}

/** A kind whose endpoint answers, and what to ask it. */
export interface Endpoint {
  readonly kind: Kind;
  readonly schema: SpecSchema;
  readonly sender: Sender;
  /** Never empty. In dstack's own form; those that the service accepts come first. */
  readonly bases: readonly JsonObject[];
}

/** A request that the service gets wrong. */
export interface Defect {
  readonly code: FindingCode;
  readonly kind: Kind;
  /** What is the same of another kind is told with it; a topic of its own for each kind where it isn't. */
  readonly topic: string;
  /** Whole sentences. */
  readonly text: string;
  readonly body: string;
  /** Where the request is one that can be replayed. */
  readonly spec: ExactObject | null;
}

/** What a check found, and what it couldn't look at. */
export interface Checked {
  readonly defects: readonly Defect[];
  /** How many answers said something about what is checked. */
  readonly judged: number;
  /** Whole sentences: what wasn't checked, and why. */
  readonly unchecked: readonly string[];
}

/** Whether two requests got the same answer, whatever the words of a failure. */
export function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.type === 'bad' || b.type === 'bad')
    return a.type === b.type && 'code' in a && 'code' in b && a.code === b.code;
  const errors = [a, b].map((answer) => (answer.type === 'rejected' ? answer.error : null));
  return errors[0] === errors[1] && sameExact(a.spec, b.spec);
}
