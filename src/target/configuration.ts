import type { Context } from '../replay/model.ts';

/** `dstack-plugin.yml` with its defaults filled in. */
export interface Configuration {
  /** Entry points to enable; null: all that the project declares. */
  readonly plugins: readonly string[] | null;
  /** Versions, specifiers or PEP 508 references of dstack; empty: what the project pins or allows. */
  readonly dstack: readonly string[];
  /** The engine's Python, such as `3.11`; null: the default. */
  readonly python: string | null;
  /** The folder of samples, relative to the root; null: not set. */
  readonly samples: string | null;
  readonly replayAs: readonly Context[];
  readonly env: Readonly<Record<string, string>>;
  readonly serverEnv: Readonly<Record<string, string>>;
  readonly passEnv: readonly string[];
  /** Seconds for one phase of a replay. */
  readonly timeout: number;
}
