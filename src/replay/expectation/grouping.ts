import { formatContext } from '../context.ts';
import { sameValue } from '../equality.ts';
import type { Context, Json } from '../model.ts';
import { type Recorded, renderEntry } from './entry.ts';
import type { Actual } from './expectation.ts';
import { isRecordable } from './match.ts';

/** What a sample came to in one context, masked. */
export interface Result {
  readonly context: Context;
  readonly actual: Actual;
  /** The version of dstack; needed where there are several. */
  readonly dstack?: string;
}

/** What is written into an entry for a context. */
interface Written {
  readonly context: Context;
  readonly actual: Actual;
  /** The versions that the entry holds for, as a specifier; null: all. */
  readonly dstack: string | null;
}

/** Entries for results that a file doesn't know yet, each line with its end. */
export function newEntries(results: readonly Written[], dash: number): string {
  return grouped(results)
    .map((group) => `${entryText(group, dash)}\n`)
    .join('');
}

/** Results that share an entry. */
export type Group<T extends Written = Written> = readonly [T, ...T[]];

/** Equal results in contexts with one profile, on the same versions, share an entry; groups and their contexts keep their order. */
export function grouped<T extends Written>(results: readonly T[]): readonly Group<T>[] {
  const groups: [T, ...T[]][] = [];
  for (const result of results) {
    const group = groups.find(
      ([first]) =>
        first.context.profile === result.context.profile &&
        first.dstack === result.dstack &&
        sameActual(first.actual, result.actual),
    );
    if (group === undefined) groups.push([result]);
    else group.push(result);
  }
  return groups;
}

/** Whether two results are recorded alike. */
export function sameActual(a: Actual, b: Actual): boolean {
  // Changes are JSON but for their types: `from` and `to` may be absent, which is how nothing is compared.
  const changes = ({ changes }: Actual): Json => changes as unknown as Json;
  return (
    a.outcome === b.outcome &&
    a.message === b.message &&
    Object.keys(a.changes).length === Object.keys(b.changes).length &&
    sameValue(changes(a), changes(b))
  );
}

/** The entry of a group, its dash at a column. */
export function entryText(group: Group, dash: number): string {
  const [{ context, actual, dstack }] = group;
  const names = group.map((result) => formatContext(result.context));
  return renderEntry(names, { profile: context.profile, dstack }, recordedOf(actual), dash);
}

/** What is recorded of a replay. Only of those that can be. */
export function recordedOf(actual: Actual): Recorded {
  if (!isRecordable(actual.outcome)) throw new Error(`${actual.outcome} can't be recorded`);
  return {
    outcome: actual.outcome,
    message: actual.outcome === 'rejected' ? actual.message : null,
    changes: actual.outcome === 'modified' ? actual.changes : {},
  };
}
