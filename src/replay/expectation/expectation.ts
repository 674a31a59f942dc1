import { Failure } from '../../failure.ts';
import { describeContext, sameContext } from '../context.ts';
import type { ChangedValue, Context, Json, Outcome, RecordedOutcome } from '../model.ts';
import type { Pattern } from './pattern.ts';

/** `NAME.expected.yml` as data. */
export interface ExpectationFile {
  /** As a person should read it. */
  readonly path: string;
  /** In the order of the file. */
  readonly entries: readonly ExpectationEntry[];
}

export interface ExpectationEntry {
  /** In the order of `as`, each with the entry's profile. */
  readonly contexts: readonly Context[];
  readonly profile: string | null;
  /** The dstack versions that the entry holds for, as a PEP 440 specifier; null: all. */
  readonly dstack: string | null;
  /** What is expected; null where the entry only asks to be filled in. */
  readonly rule: Rule | null;
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** An outcome that is expected, strictly or loosely. */
export interface Rule {
  readonly outcome: RecordedOutcome;
  readonly message: string | null;
  /** Where set, this is found in the message, and `message` is null. */
  readonly messageMatches: Pattern | null;
  /** By JSON Pointer, in the order of the file. */
  readonly changes: Readonly<Record<string, ChangeRule>>;
  /** JSON Pointers at and below which anything may change or not. */
  readonly mayChange: readonly string[];
}

/** A change that is expected. Without `from` there was nothing; without any `to`, nothing is left. */
export interface ChangeRule {
  readonly from?: Json;
  readonly to?: Json;
  readonly toAny: boolean;
  readonly toMatches: Pattern | null;
}

/** What a replay came to, masked, as it is held against a rule. */
export interface Actual {
  readonly outcome: Outcome;
  readonly message: string | null;
  readonly changes: Readonly<Record<string, ChangedValue>>;
}

/** Whether the version of the engine satisfies a specifier, such as `<0.21.3`. */
export type VersionCheck = (specifier: string) => boolean;

/** The contexts that a file speaks of, in its order and each once. */
export function contextsOf(file: ExpectationFile): readonly Context[] {
  const contexts: Context[] = [];
  for (const context of file.entries.flatMap((entry) => entry.contexts)) {
    if (!contexts.some((known) => sameContext(known, context))) contexts.push(context);
  }
  return contexts;
}

/**
 * The entry of a file for a context, null where it has none. Throws a {@link Failure} (exit code 2) where two entries hold.
 *
 * @param holds decides on entries that are for certain dstack versions only; without it, such an entry is refused rather than guessed at
 */
export function entryFor(
  file: ExpectationFile,
  context: Context,
  holds?: VersionCheck,
): ExpectationEntry | null {
  let found: ExpectationEntry | null = null;
  for (const entry of file.entries) {
    if (!entry.contexts.some((known) => sameContext(known, context))) continue;
    if (entry.dstack !== null && !satisfies(file, entry, entry.dstack, holds)) continue;
    if (found !== null) {
      throw new Failure({
        code: 'ambiguous-expectation',
        text: `Two entries hold for ${describeContext(context)} on this dstack version: this one and the one in line ${found.line}.`,
        place: { file: file.path, line: entry.line },
      });
    }
    found = entry;
  }
  return found;
}

function satisfies(
  file: ExpectationFile,
  entry: ExpectationEntry,
  specifier: string,
  holds?: VersionCheck,
): boolean {
  if (holds !== undefined) return holds(specifier);
  throw new Failure({
    code: 'unsupported-expectation',
    text: `This entry is for dstack ${specifier} only, and expectations for certain versions can't be compared yet.`,
    place: { file: file.path, line: entry.line },
    hint: 'Take the key dstack out of the entry.',
  });
}

/** What is expected in a context; null where nothing is recorded. Throws as {@link entryFor} does. */
export function ruleFor(file: ExpectationFile, context: Context, holds?: VersionCheck): Rule | null {
  return entryFor(file, context, holds)?.rule ?? null;
}
