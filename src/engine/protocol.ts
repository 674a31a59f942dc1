import type { Context, Json, Kind, PolicyPlace } from '../replay/model.ts';

/**
 * The words between this process and the engine's worker: JSON Lines, requests on the worker's descriptor 3, answers on its descriptor 4.
 * The worker's side is `worker/dstack_plugin_replay/protocol.py`.
 */

/** A sample to replay, in each of its contexts. */
interface SampleRequest {
  /** Absolute. The worker reads the file itself, as `dstack apply -f` does. */
  readonly file: string;
  /** What the CLI would send as `configuration_path`. */
  readonly configurationPath: string;
  readonly contexts: readonly Context[];
}

/** What a replay does beyond the server's plan and apply. */
interface ReplayChecks {
  /** Also the server's own validation and defaults; needs an engine with `dstack[server]`. */
  readonly server: boolean;
  /** Run the samples backwards in a second child too, and compare. */
  readonly order: boolean;
  /** Replay the dummy task of `dstack offer` as a sample numbered -1. */
  readonly offer: boolean;
}

/** Replay a batch of samples, in processes forked from the worker: few share one, many are shared out among several beside each other. */
export interface ReplayRequest {
  readonly do: 'replay';
  readonly id: number;
  /** The entry points to enable, in the group `dstack.plugins`. */
  readonly plugins: readonly string[];
  /** The target's folder, absolute: frames below it are the author's. */
  readonly root: string;
  readonly samples: readonly SampleRequest[];
  /** Values for `env:` entries of samples without one; the default is `<NAME>`. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds for one phase of a replay. */
  readonly timeout: number;
  /** Without it: plan and apply alone, no built-in sample. */
  readonly checks?: ReplayChecks;
  /** Absolute: where the dummy task of `dstack offer` is kept as JSON, once dstack has built it; null: nowhere. */
  readonly offerCache?: string | null;
  /**
   * Whether more batches for the same plugins will follow, as when files are watched: what these import from outside their own sources is
   * then imported ahead, for each child that comes after. Their own modules are read anew by every child.
   */
  readonly again?: boolean;
  /** How many workers replay at the same time; default: this one alone. */
  readonly workers?: number;
  /** Whether nothing but the plugins' own code was changed since the last batch: what was read of samples then still holds. */
  readonly unchanged?: boolean;
  /** Where `rest_plugin` finds its plugin service, in a run that enables it. */
  readonly service?: ServiceRequest | null;
}

/** The plugin service of a run. */
interface ServiceRequest {
  /** What `DSTACK_PLUGIN_SERVICE_URI` becomes, without a trailing slash: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Absolute: the file that the service's output goes to; null where it wasn't started by this tool. */
  readonly log: string | null;
  /** Whether several children may ask it at once: then its log can't be told apart by replay. */
  readonly concurrent: boolean;
}

/** Parse and dump specs of other dstack versions with this one; no plugin has a part in it. */
export interface NormaliseRequest {
  readonly do: 'normalise';
  readonly id: number;
  readonly kind: Kind;
  readonly dumps: readonly Json[];
}

/** Describe the four endpoints that `rest_plugin` calls, from dstack's own models. */
export interface OpenApiRequest {
  readonly do: 'openapi';
  readonly id: number;
}

/** Have dstack build the dummy task of `dstack offer`, and keep it, so that no replay has to wait for it. */
export interface OfferRequest {
  readonly do: 'offer';
  readonly id: number;
  /** Absolute: as in {@link ReplayRequest}. */
  readonly offerCache: string;
}

/** Compare versions as Python's packaging tools do. */
export interface VersionsRequest {
  readonly do: 'versions';
  readonly id: number;
  readonly versions: readonly string[];
  /** PEP 440 specifiers, each of one clause or several. */
  readonly specifiers: readonly string[];
}

/** Whether running services could be updated in place; needs an engine with `dstack[server]`. */
export interface UpdatesRequest {
  readonly do: 'updates';
  readonly id: number;
  readonly updates: readonly RunUpdate[];
}

/** Two effective specs of one run, as dumps: the one that it was started with, and another. */
export interface RunUpdate {
  readonly running: Json;
  readonly new: Json;
}

/** The first answer, without being asked: dstack is imported. */
export interface ReadyAnswer {
  readonly type: 'ready';
  readonly dstack: string;
  readonly python: string;
  readonly pydantic: string;
}

/** dstack can't be imported in this environment; the worker ends. */
interface BrokenAnswer {
  readonly type: 'broken';
  /** Whether this dstack is from before plugins were called as they are now. */
  readonly tooOld?: boolean;
  readonly text: string;
  readonly traceback: string;
}

/** Why the server would start without a plugin, or not start. */
export interface LoadProblem {
  readonly plugin: string;
  readonly code:
    | 'plugin-not-found'
    | 'plugin-import-failed'
    | 'plugin-class-missing'
    | 'not-a-plugin'
    | 'plugin-raised'
    | 'plugin-exited'
    | 'plugin-timed-out'
    /** The server's own checks are asked for, and the engine hasn't got the server. */
    | 'no-server';
  /** One sentence: what is wrong and what the server would do. */
  readonly text: string;
  /** Cut to the author's frames. */
  readonly traceback: string | null;
  /** Absolute, below the target's root, or null. */
  readonly file: string | null;
  readonly line: number | null;
}

/** A policy of the chain: its class, and the hooks that it (or an author's base class) overrides. */
export interface ChainPolicy extends PolicyPlace {
  /** By method, such as `on_run_apply` or `on_apply`: where it begins. `file` absolute. */
  readonly hooks: Readonly<Record<string, { readonly file: string | null; readonly line: number | null }>>;
}

export type LoadAnswer =
  | {
      readonly type: 'loaded';
      readonly id: number;
      /** In dstack's order, in which their policies run. */
      readonly plugins: readonly string[];
      /** The chain as dstack would call it; facts and steps name a policy by its place in it. Empty where it can't be had. */
      readonly policies: readonly ChainPolicy[];
      /** Why there is no built-in sample where one was asked for. */
      readonly noOffer?: string | null;
      /** What the plugins logged and printed while they were loaded. */
      readonly logs: readonly string[];
    }
  | {
      readonly type: 'not-loaded';
      readonly id: number;
      readonly problems: readonly LoadProblem[];
      /** What the plugins logged and printed while they were loaded. */
      readonly logs: readonly string[];
    };

/** A file that doesn't become a spec, at all or in one context. `line` is counted from 1. */
export interface InvalidSampleAnswer {
  readonly type: 'invalid-sample';
  readonly id: number;
  readonly sample: number;
  /** The context that can't be replayed (its profile or names are wrong), after the sample's own answer; null: none of them can. */
  readonly context: number | null;
  /**
   * `unreadable-sample`, `not-utf-8`, `invalid-yaml`, `several-documents`, `empty-sample`, `not-a-mapping`, `no-type`, `preset`,
   * `invalid-configuration`, `invalid-json`, `no-configuration`, `server-refuses`; for a context `invalid-profile`, `invalid-context`, `invalid-configuration`.
   */
  readonly code: string;
  /** May have several lines, where dstack refuses for several reasons. */
  readonly text: string;
  readonly line: number | null;
  readonly secrets: readonly string[];
}

/** A sample that became a spec. It comes before the first replay of the sample. */
export interface SampleAnswer {
  readonly type: 'sample';
  readonly id: number;
  readonly sample: number;
  readonly kind: Kind;
  readonly configurationType: string;
  /** The values under `env`, `registry_auth` and `ssh_key`, to be masked. */
  readonly secrets: readonly string[];
}

/**
 * Something that the worker saw and that Node turns into a finding. The worker states what happened and where; the sentence, the severity and
 * whether it counts are Node's.
 */
export interface Fact {
  readonly code:
    | 'returns-nothing'
    | 'accidental-rejection'
    | 'foreign-rejection'
    | 'plan-apply-differ'
    | 'order-dependent'
    | 'exited'
    | 'lost-write'
    | 'unvalidated-value'
    | 'chain-order'
    | 'blocks-update'
    | 'out-of-memory'
    /** What the replay left altered in its process, such as `os.environ (HOME)` or `json.dumps`. */
    | 'alters-process'
    | 'walk-differs';
  /** The place of a policy in the chain, or null where it isn't one policy. */
  readonly policy: number | null;
  /** A second policy that has a part in it. */
  readonly other?: number | null;
  /** Absolute; the line that raised, returned or wrote, where that is known better than by the policy's hook. */
  readonly file: string | null;
  readonly line: number | null;
  /** The JSON Pointer that it is about, in the spec's dump; `/merged_profile/…` for what is never dumped. */
  readonly path: string | null;
  /**
   * What was written, and what holds in the effective spec: for `plan-apply-differ` in the plan and in the apply, for `chain-order` in this
   * order and in the other. What isn't parsed again (volumes, gateways) holds what parsing would have made of it; absent: dstack refuses it.
   */
  readonly wrote?: Json;
  readonly holds?: Json;
  /** dstack's or Python's own words: an exception's headline, a class's name, dstack's refusal. */
  readonly text: string | null;
}

/** What one policy made of the spec, in the walk policy by policy. Policies that left the dump as it was have no step. */
export interface Step {
  readonly policy: number;
  readonly dump: Json;
}

/** A request of `rest_plugin` to the plugin service, and what came back, as it was on the wire. */
export interface Exchange {
  /** The plan is what `dstack apply` shows, the apply what it does. */
  readonly phase: 'plan' | 'apply';
  /** The URL that was asked for first. */
  readonly url: string;
  /** The request's body: JSON. */
  readonly request: string;
  /** Of the last answer, after redirects; null where none came. */
  readonly status: number | null;
  /** In the order of the wire, names as they were sent. Empty where no answer came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The whole body as UTF-8 with replacement characters, at most 1 MiB of it; null where none came, or not to its end. */
  readonly body: string | null;
  /** What the client raised: it couldn't connect (or lost the connection), waited too long, or something else; in its own words. */
  readonly error: { readonly kind: 'connection' | 'timeout' | 'other'; readonly text: string } | null;
  /** Answers that sent the client elsewhere, in their order. */
  readonly redirects: readonly {
    readonly status: number;
    readonly location: string | null;
  }[];
  /** The method of the last request: after a redirect it may be GET. */
  readonly method: string;
  /** From the request to the end of the body, or to the error. */
  readonly milliseconds: number;
  /** dstack's reasons to refuse the answer, as `path: words`; null where it took it or never got so far. */
  readonly refused: readonly string[] | null;
}

/** One replay. `accepted` becomes `unchanged` or `modified` once the dumps are compared. */
export interface ReplayAnswer {
  readonly type: 'replay';
  readonly id: number;
  readonly sample: number;
  readonly context: number;
  readonly outcome: 'accepted' | 'rejected' | 'crashed' | 'invalid' | 'timed-out';
  readonly message: string | null;
  /** The dump that the server's way gives without the policies. */
  readonly before: Json;
  /** The same with the policies; null where there is none. */
  readonly after: Json;
  /** The policy that rejected or crashed, where it is known; `file` absolute. */
  readonly policy: PolicyPlace | null;
  /** The walk of the apply phase, policy by policy. */
  readonly steps: readonly Step[];
  readonly facts: readonly Fact[];
  /** The places in the chain of the policies whose own hook was called for this spec, whatever they did. */
  readonly reached: readonly number[];
  /** The author's frames of what was raised, for a crash or an accident. */
  readonly traceback: string | null;
  /** Lines written to standard output. */
  readonly printed: readonly string[];
  /** Lines logged or written to standard error. */
  readonly logs: readonly string[];
  readonly milliseconds: number;
  /** What went over the wire for it in the plan and in the apply phase. Absent without a service. */
  readonly exchanges?: readonly Exchange[];
  /** Bytes of the service's log when the replay began and when it ended; absent where there is no log. */
  readonly serviceLog?: readonly [number, number];
  /** Of one that came before: the answer that this one is the same as but for its number and its time. Not from the worker. */
  readonly first?: ReplayAnswer;
}

/** The end of a batch: every sample and context asked for has been answered. */
interface DoneAnswer {
  readonly type: 'done';
  readonly id: number;
  /** Seconds that its processes took, all together, to read samples, to load the plugins, and to replay. */
  readonly spent: Readonly<Record<string, number>>;
}

/** For each dump asked about: its form in this version, or null and why this version refuses it. */
export interface NormalisedAnswer {
  readonly type: 'normalised';
  readonly id: number;
  readonly dumps: readonly Json[];
  readonly refusals: readonly (string | null)[];
}

export interface VersionsAnswer {
  readonly type: 'versions';
  readonly id: number;
  /** The versions asked about, from the oldest to the newest. */
  readonly ordered: readonly string[];
  /** For each specifier whether each of `ordered` satisfies it; null where it is no specifier. */
  readonly matches: readonly (readonly boolean[] | null)[];
}

/** For each update why dstack refuses it, or null. */
export interface UpdatesAnswer {
  readonly type: 'updates';
  readonly id: number;
  readonly refusals: readonly (string | null)[];
}

/** An OpenAPI 3.1 document of the endpoints that `rest_plugin` calls. */
export interface OpenApiAnswer {
  readonly type: 'openapi';
  readonly id: number;
  readonly document: Json;
}

/** What came of building the dummy task is kept, be it the task or why there is none. */
export interface OfferAnswer {
  readonly type: 'offer';
  readonly id: number;
}

export type WorkerAnswer =
  | ReadyAnswer
  | BrokenAnswer
  | LoadAnswer
  | InvalidSampleAnswer
  | SampleAnswer
  | ReplayAnswer
  | NormalisedAnswer
  | VersionsAnswer
  | OpenApiAnswer
  | OfferAnswer
  | UpdatesAnswer
  | DoneAnswer;
