import type { Shard } from '../../replay/shard-flag.ts';
import type { FailOn, ObsoleteMode } from '../../replay/strictness.ts';

/** What `create-dstack-plugin test` was asked for; null where a flag wasn't given. */
export interface TestOptions {
  /** Samples that exist as files, and filters on sample paths, as they were typed. */
  readonly paths: readonly string[];
  /** Entry points to enable. */
  readonly plugins: readonly string[] | null;
  /** The folder of samples, relative to the project's root or absolute. */
  readonly samples: string | null;
  /** Contexts, each `user@project`, unchecked. */
  readonly as: readonly string[];
  /** Versions, specifiers or PEP 508 references of dstack; empty: what the configuration or the project says. */
  readonly dstack: readonly string[];
  /** The engine's Python, such as `3.11`. */
  readonly python: string | null;
  readonly refresh: boolean;
  readonly update: boolean;
  /** Whether it replays again whatever a change touches. */
  readonly watch: boolean;
  /** Whether a person is asked about each replay that differs or is new. */
  readonly review: boolean;
  /** The part of the samples to replay; null: all. */
  readonly shard: Shard | null;
  readonly failOn: FailOn;
  readonly obsolete: ObsoleteMode;
  /** Whether reports show the whole specs before and after the policies. */
  readonly verbose: boolean;
  /** `NAME` or `NAME=FILE`, as `parseReporterFlags` takes them. Empty: the default reporter. */
  readonly reporters: readonly string[];
  /** The profile of every context without one of its own. */
  readonly profile: string | null;
  /** Whether the dummy task of `dstack offer` is replayed. */
  readonly offer: boolean;
  /** Whether the server's own validation and defaults are run as well. */
  readonly serverChecks: boolean;
  /** Whether a real server is started, and its answers compared; then `serverChecks` holds as well. */
  readonly server: boolean;
  /** Whether the samples are replayed in the opposite order, too, and compared. */
  readonly orderCheck: boolean;
  /** Where a plugin service answers that runs already, or that the command below starts; unchecked. */
  readonly restUrl: string | null;
  /** The command that starts the plugin service, as it was typed. */
  readonly restCommand: string | null;
  /** Whether it says where the time went. */
  readonly timings: boolean;
  /** Seconds for one phase of a replay; above zero. */
  readonly timeout: number | null;
  /** A git reference; then what the plugin does is compared with what it did there, and no expectation is looked at. */
  readonly against: string | null;
  /** Requests to the plugin service that nobody's samples make; null: none. */
  readonly contract: ContractOptions | null;
}

/** How a plugin service is held to dstack's contract beyond the samples. */
export interface ContractOptions {
  /** The same seed makes the same requests. */
  readonly seed: number;
  readonly maxRequests: number;
  /** Whether requests that the service gets wrong are written as samples. */
  readonly save: boolean;
}
