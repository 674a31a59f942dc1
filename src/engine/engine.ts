import type { Configuration } from '../target/configuration.ts';
import type { Target } from '../target/target.ts';

/** The flags that choose an environment; null where they aren't given. */
export interface EngineFlags {
  readonly dstack: string | null;
  readonly python: string | null;
  /** Whether dstack's server is installed as well, which its own checks need; default: as the configuration says. */
  readonly serverChecks?: boolean;
  /** Whether dstack alone is installed, without the project; default: as the target says. */
  readonly bare?: boolean;
}

export interface EngineRequest extends EngineFlags {
  /** Who asked for this dstack, in words, where it wasn't the flag. */
  readonly askedBy?: string;
  readonly target: Target;
  readonly configuration: Configuration;
  /** Resolve anew what was resolved before, and make a new environment. */
  readonly refresh: boolean;
}

/** A kept Python environment with one dstack and the target in it. */
export interface Engine {
  readonly folder: string;
  /** Its Python's executable. */
  readonly python: string;
  /** The environment with dstack alone that it was made upon; absent or null: it was made from nothing. */
  readonly base?: string | null;
  /** The version of dstack in it. */
  readonly dstack: string;
  readonly pythonVersion: string;
  /** The target's distribution, as its built metadata names it. */
  readonly distribution: string;
  /** The target's entry points in dstack's group, from its built metadata. */
  readonly plugins: readonly string[];
  /** Why this dstack, in words: `the flag --dstack`, `uv.lock`, … */
  readonly dstackChosenBy: string;
  /** The PEP 508 reference that this dstack was installed from; absent or null: the package index. */
  readonly reference?: string | null;
  /** Whether it was made in this run. */
  readonly installed: boolean;
}
