import { sameContext } from '../context.ts';
import type { Context } from '../model.ts';
import {
  type Actual,
  type ExpectationEntry,
  type ExpectationFile,
  entryFor,
  type VersionCheck,
} from './expectation.ts';
import { type Result, sameActual } from './grouping.ts';
import { isRecordable, verdictOf } from './match.ts';
import { clausesOf, narrowed, opposite, publicPart } from './scope.ts';

/** The versions of a run, from the oldest to the newest, and what decides on specifiers for each. */
export interface Versions {
  readonly ordered: readonly string[];
  readonly check: (version: string) => VersionCheck | undefined;
}

/** What is to be recorded for a context on some versions. */
export interface Segment {
  readonly context: Context;
  /** The versions as a PEP 440 specifier; null: all. */
  readonly dstack: string | null;
  /** What came out on them. */
  readonly actual: Actual;
  /** Whether the rule that stands already holds. */
  readonly kept: boolean;
}

export interface Plan {
  /** The entries that have to change, with what becomes of each of their contexts that was replayed. */
  readonly entries: ReadonlyMap<ExpectationEntry, readonly Segment[]>;
  /** What no entry speaks of. */
  readonly added: readonly Segment[];
}

/**
 * What an update has to change. Versions with equal results stay together; where they differ, each run of versions that agree gets an entry
 * with the bounds to its neighbours. Results that can't be recorded, and versions without one, go with their neighbours.
 *
 * @param file null where there is none
 * @throws Failure (exit code 2) where two entries hold
 */
export function planUpdate(
  file: ExpectationFile | null,
  results: readonly Result[],
  versions: Versions,
): Plan {
  const entries = new Map<ExpectationEntry, Segment[]>();
  const added: Segment[] = [];
  for (const context of contextsIn(results)) {
    const own = results.filter(
      (result) => sameContext(result.context, context) && isRecordable(result.actual.outcome),
    );
    const actualOn = (version: string): Actual | null =>
      own.find((result) => (result.dstack ?? '') === version)?.actual ?? null;
    const places = versions.ordered.map((version) => ({
      version,
      actual: actualOn(version),
      entry: file === null ? null : entryFor(file, context, versions.check(version)),
    }));
    for (const entry of new Set(places.flatMap((place) => place.entry ?? []))) {
      const labelled = places
        .filter((place) => place.entry === entry)
        .map(({ version, actual }) => ({
          version,
          actual,
          kept: actual !== null && verdictOf(actual, entry.rule) === 'passed',
          wall: false,
        }));
      const segments = runsOf(labelled).map(({ actual, kept, from, below }) => ({
        context,
        dstack: narrowed(entry.dstack, from, below),
        actual,
        kept,
      }));
      if (segments.length > 0) entries.set(entry, [...(entries.get(entry) ?? []), ...segments]);
    }
    const unknown = places.map(({ version, actual, entry }) => ({
      version,
      actual,
      kept: false,
      wall: entry !== null,
    }));
    const elsewhere = otherScopes(
      file,
      context,
      places.flatMap(({ entry }) => entry ?? []),
    );
    for (const run of runsOf(unknown)) added.push(...besides(elsewhere, context, run, versions));
  }
  for (const [entry, segments] of entries) if (segments.every(({ kept }) => kept)) entries.delete(entry);
  return { entries, added };
}

interface Labelled {
  readonly version: string;
  /** Null: nothing that can be recorded. */
  readonly actual: Actual | null;
  readonly kept: boolean;
  /** Another entry holds here. */
  readonly wall: boolean;
}

interface Run {
  readonly actual: Actual;
  readonly kept: boolean;
  readonly versions: string[];
  readonly from: string | null;
  below: string | null;
}

/** Versions next to each other that are recorded alike, with the bounds that part them from the others. */
function runsOf(places: readonly Labelled[]): readonly Run[] {
  const runs: Run[] = [];
  let open: Run | null = null;
  let walled = false;
  for (const { version, actual, kept, wall } of places) {
    if (wall) {
      if (open !== null) open.below = version;
      open = null;
      walled = true;
      continue;
    }
    if (actual === null) {
      open?.versions.push(version);
      continue;
    }
    if (open !== null && open.kept === kept && (kept || sameActual(open.actual, actual))) {
      open.versions.push(version);
      continue;
    }
    if (open !== null) open.below = version;
    const parted: boolean = open !== null || walled;
    open = { actual, kept, versions: [version], from: parted ? version : null, below: null };
    runs.push(open);
  }
  return runs;
}

/** The specifiers of entries of a context that hold on no version of the run: what is added mustn't reach into them. */
function otherScopes(
  file: ExpectationFile | null,
  context: Context,
  held: readonly ExpectationEntry[],
): readonly string[] {
  const entries =
    file?.entries.filter((entry) => entry.contexts.some((known) => sameContext(known, context))) ?? [];
  return entries.filter((entry) => !held.includes(entry)).flatMap(({ dstack }) => dstack ?? []);
}

/** The segments of a run beside entries that hold elsewhere: bounded against them, or else version by version. */
function besides(
  elsewhere: readonly string[],
  context: Context,
  { actual, versions, from, below }: Run,
  { check }: Versions,
): readonly Segment[] {
  let dstack = narrowed(null, from, below);
  for (const specifier of elsewhere) {
    const bound = clausesOf(specifier).find(
      (clause) =>
        opposite(clause) !== null && versions.every((version) => check(version)?.(clause) === false),
    );
    if (bound === undefined) {
      return versions.map((version) => ({
        context,
        dstack: `==${publicPart(version)}`,
        actual,
        kept: false,
      }));
    }
    const clause = opposite(bound);
    if (clause !== null && dstack?.split(',').includes(clause) !== true)
      dstack = dstack === null ? clause : `${dstack},${clause}`;
  }
  return [{ context, dstack, actual, kept: false }];
}

function contextsIn(results: readonly Result[]): readonly Context[] {
  const contexts: Context[] = [];
  for (const { context } of results) {
    if (!contexts.some((known) => sameContext(known, context))) contexts.push(context);
  }
  return contexts;
}
