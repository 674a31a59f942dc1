/** What the command line of `add` says; null where a flag wasn't given. */
export interface AddOptions {
  /** The part, as typed. */
  readonly what: string | null;
  /** What follows it: policies, or a file for a sample. */
  readonly names: readonly string[];
  /** The name of a policy of one's own. */
  readonly empty: string | null;
  /** A file of runs. */
  readonly from: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  /** What to do with files that are in the way, as typed; null: ask, or write nothing. */
  readonly onConflict: string | null;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly json: boolean;
}
