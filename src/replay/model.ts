/** The words of the replay, as data. Everything here is plain and readonly; the functions that work on it live beside it. */

/** A JSON value, as the engine dumps a spec. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What a sample becomes: the spec that `dstack apply` would submit. */
export type Kind = 'run' | 'fleet' | 'volume' | 'gateway';

/** The user and project that a sample is replayed as, and the profile (`.dstack/profiles.yml`) that it is applied with. */
export interface Context {
  readonly user: string;
  readonly project: string;
  readonly profile: string | null;
}

/** What the server would do with a sample: accept it as it is or changed, refuse it, or fail over it. */
export type Outcome = 'unchanged' | 'modified' | 'rejected' | 'crashed' | 'invalid' | 'timed-out';

/** The outcomes that can be right, and so be recorded in an expectation. */
export type RecordedOutcome = 'unchanged' | 'modified' | 'rejected';

/** Where a policy is: `module.Class`, and the file and line of its hook (null where they are unknown or outside the project). */
export interface PolicyPlace {
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** What one leaf of a spec was and is. A missing `from`: there was nothing; a missing `to`: nothing is left. */
export interface ChangedValue {
  readonly from?: Json;
  readonly to?: Json;
}

/** A difference between the dumps without and with the policies, at a JSON Pointer (RFC 6901; a list item may stand under its name). */
export interface Change extends ChangedValue {
  readonly path: string;
  readonly policy: PolicyPlace | null;
}

/** A change that is expected. */
export interface ExpectedChange extends ChangedValue {
  /** `to` is no value: it says in words what a looser expectation that doesn't hold asks for. */
  readonly inWords?: true;
}

/** The outcome recorded for a sample in one context. */
export interface Expected {
  readonly outcome: RecordedOutcome;
  /** The message of a rejection, null where it has none or the outcome is another. */
  readonly message: string | null;
  /** By JSON Pointer, in the order of the file. */
  readonly changes: Readonly<Record<string, ExpectedChange>>;
}

/** A line of a file of the project, relative to its root, with `/`. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export type Severity = 'error' | 'warning';

/** A defect that a replay shows whatever is expected. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** A replay held against its expectation. `updated`: it was recorded in this run. */
export type Verdict = 'passed' | 'differs' | 'new' | 'updated';

/** What a plugin service answered to a request of dstack's, as it was sent. */
export interface ServiceAnswer {
  /** The plan is what `dstack apply` shows, the apply what it does. */
  readonly phase: 'plan' | 'apply';
  readonly url: string;
  /** Of the last request: after a redirect it may be GET. */
  readonly method: string;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Cut where it is very long; null where none came, or not to its end. */
  readonly body: string | null;
  /** Why there is no whole answer, in the words of dstack's client. */
  readonly error: string | null;
  readonly milliseconds: number;
}

/** A whole spec as the server would have it, masked. */
interface Specs {
  /** Without the policies. */
  readonly before: Json;
  /** With them; null where there is none. */
  readonly after: Json;
}

/** One sample, in one context, on one engine: what came out, and what that means. All text in it is masked. */
export interface Replay {
  /** Relative to the project's root, with `/`. */
  readonly sample: string;
  readonly builtin: boolean;
  readonly kind: Kind;
  /** dstack's own name of the configuration's type: `task`, `service`, `dev-environment`, `fleet`, … */
  readonly type: string;
  readonly user: string;
  readonly project: string;
  readonly profile: string | null;
  readonly dstack: string;
  readonly outcome: Outcome;
  /** What the user of `dstack apply` would read: the rejection's or dstack's own words; for a crash, the exception. */
  readonly message: string | null;
  /** The policy that rejected the spec, or failed over it, where it is known. */
  readonly by: PolicyPlace | null;
  readonly changes: readonly Change[];
  readonly verdict: Verdict | null;
  readonly expected: Expected | null;
  /** The entry of the expectation file that holds here. */
  readonly expectedAt?: Place;
  readonly findings: readonly Finding[];
  /** What the plugin logged and wrote to standard output and error during this replay. */
  readonly logs: readonly string[];
  readonly milliseconds: number;
  /** Where they were asked for. */
  readonly specs?: Specs;
  /** What the plugin service answered, of a REST target: to the plan, and to the apply where that was another answer. */
  readonly answers?: readonly ServiceAnswer[];
}
