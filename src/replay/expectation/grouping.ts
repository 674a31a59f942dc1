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
}

/** Entries for results that a file doesn't know yet, each line with its end. */
export function newEntries(results: readonly Result[], dash: number): string {
  return grouped(results)
    .map((group) => `${entryText(group, { dstack: null }, dash)}\n`)
    .join('');
}

/** Results that share an entry. */
export type Group = readonly [Result, ...Result[]];

/** Equal results in contexts with one profile share an entry; groups and their contexts keep their order. */
export function grouped(results: readonly Result[]): readonly Group[] {
  const groups: [Result, ...Result[]][] = [];
  for (const result of results) {
    const group = groups.find(
      ([first]) =>
        first.context.profile === result.context.profile && sameActual(first.actual, result.actual),
    );
    if (group === undefined) groups.push([result]);
    else group.push(result);
  }
  return groups;
}

function sameActual(a: Actual, b: Actual): boolean {
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
export function entryText(
  group: Group,
  { dstack }: { readonly dstack: string | null },
  dash: number,
): string {
  const [{ context, actual }] = group;
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
