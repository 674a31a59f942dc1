import { isList, isMapping, pruned } from './equality.ts';
import type { Json } from './model.ts';

/** Which items of a list came and which went, each in the order of its own list. */
export interface ListChange {
  readonly added: readonly Json[];
  readonly removed: readonly Json[];
}

/**
 * What came and went between two lists, counting equal items as often as they stand. Both are empty where only the order changed.
 * Pure and linear in the size of the lists.
 */
export function describeListChange(from: readonly Json[], to: readonly Json[]): ListChange {
  return { added: without(to, from), removed: without(from, to) };
}

function without(items: readonly Json[], others: readonly Json[]): readonly Json[] {
  const left = new Map<string, number>();
  for (const other of others) {
    const key = canonical(other);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return items.filter((item) => {
    const key = canonical(item);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

/** Text that is equal for equal values, whatever the order of their keys. */
function canonical(value: Json): string {
  return JSON.stringify(sorted(pruned(value)));
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
