import type { CreateFlags } from '../../scaffold/flags.ts';
import { type Resolution, resolutions } from '../../scaffold/operations.ts';
import { oneOf } from '../../terminal/one-of.ts';

/** What the command line of `create` says. */
export interface CreateOptions extends CreateFlags {
  /** Take the defaults, ask nothing. */
  readonly yes: boolean;
  /** Make the project a repository of its own; null: where git is there and the folder isn't in one. */
  readonly git: boolean | null;
  /** What to do with files that are in the way, as typed; null: ask, or write nothing. */
  readonly onConflict: string | null;
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Show how it differs from what is there, and write nothing. */
  readonly diff: boolean;
  /** Report in JSON, and ask nothing. */
  readonly json: boolean;
}

/** @throws Failure with the nearest match */
export function onConflictOf({ onConflict }: Pick<CreateOptions, 'onConflict'>): Resolution | null {
  return onConflict === null ? null : oneOf('--on-conflict', onConflict, resolutions);
}

/** Whether nothing is to be written. */
export function isPreview({ dryRun, diff }: CreateOptions): boolean {
  return dryRun || diff;
}
