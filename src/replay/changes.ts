import { isList, isMapping, isNothing, ownValue, pruned, sameValue } from './equality.ts';
import type { ChangedValue, Json, JsonObject } from './model.ts';
import { escapeToken } from './pointer.ts';

/**
 * What differs between the dumps of a spec without and with the policies, by JSON Pointer.
 *
 * Mappings are expanded to their leaves on both sides. In lists whose items all have a unique `name` on both sides, that name stands for the
 * index, and the leaves of items that came or went are listed. Any other list is one change, recorded whole, without the keys in it that hold
 * nothing. Null, absent and an empty mapping are equal and so never appear as `from` or `to`; an empty list is a value.
 *
 * The order is that of `before`, with what only `after` has behind it, level by level.
 */
export function compareDumps(before: Json, after: Json): Readonly<Record<string, ChangedValue>> {
  const changes: Record<string, ChangedValue> = {};
  compare('', before, after, changes);
  return changes;
}

// Every key of `changes` is a pointer and so begins with `/` (or is empty): none can be `__proto__`, or an index that objects sort first.
function compare(
  pointer: string,
  before: Json | undefined,
  after: Json | undefined,
  changes: Record<string, ChangedValue>,
): void {
  if (before === after) return;
  // Two mappings are compared key by key below: each level would compare all that lies under it once more.
  const mappings = isMapping(before) && isMapping(after);
  if (!mappings && sameValue(before, after)) return;
  const names = itemsByName(before, after);
  if (names !== null) {
    // An empty list is a leaf of its own: otherwise [] and null would look alike beside a list with items.
    if (isList(before) && before.length === 0) changes[pointer] = { from: [] };
    if (isList(after) && after.length === 0) changes[pointer] = { to: [] };
    for (const name of new Set([...names.before.keys(), ...names.after.keys()])) {
      compare(`${pointer}/${escapeToken(name)}`, names.before.get(name), names.after.get(name), changes);
    }
    return;
  }
  const from = isMapping(before) ? undefined : before;
  const to = isMapping(after) ? undefined : after;
  if (!isNothing(from) || !isNothing(to)) changes[pointer] = changedValue(from, to);
  const below = (key: string, one: Json | undefined, other: Json | undefined): void => {
    if (one !== other) compare(`${pointer}/${escapeToken(key)}`, one, other, changes);
  };
  const left = isMapping(before) ? before : {};
  const right = isMapping(after) ? after : {};
  for (const key of Object.keys(left)) below(key, left[key], ownValue(right, key));
  for (const key of Object.keys(right)) if (!Object.hasOwn(left, key)) below(key, undefined, right[key]);
}

function changedValue(from: Json | undefined, to: Json | undefined): ChangedValue {
  return {
    ...(from === undefined || from === null ? {} : { from: pruned(from) }),
    ...(to === undefined || to === null ? {} : { to: pruned(to) }),
  };
}

type Items = ReadonlyMap<string, JsonObject>;

/** The items of both lists by name; null where a side is neither such a list nor nothing, or where neither has an item. */
function itemsByName(
  before: Json | undefined,
  after: Json | undefined,
): { readonly before: Items; readonly after: Items } | null {
  if (!isList(before) && !isList(after)) return null;
  const left = namedItems(before);
  const right = namedItems(after);
  if (left === null || right === null || left.size + right.size === 0) return null;
  return { before: left, after: right };
}

function namedItems(value: Json | undefined): Items | null {
  if (value === undefined || value === null) return new Map();
  if (!isList(value)) return isNothing(value) ? new Map() : null;
  const items = new Map<string, JsonObject>();
  for (const item of value) {
    const name = isMapping(item) ? ownValue(item, 'name') : undefined;
    if (!isMapping(item) || typeof name !== 'string' || items.has(name)) return null;
    items.set(name, item);
  }
  return items;
}
