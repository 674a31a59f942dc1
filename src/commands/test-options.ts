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
  /** A version, a specifier or a PEP 508 reference of dstack. */
  readonly dstack: string | null;
  /** The engine's Python, such as `3.11`. */
  readonly python: string | null;
  readonly refresh: boolean;
  readonly update: boolean;
  /** `NAME` or `NAME=FILE`, as `parseReporterFlags` takes them. Empty: the default reporter. */
  readonly reporters: readonly string[];
  /** Seconds for one phase of a replay; above zero. */
  readonly timeout: number | null;
}
