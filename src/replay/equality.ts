import type { Json, JsonObject } from './model.ts';

/** Whether a value is a mapping. */
export function isMapping(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A mapping's own value under a key, never one of `Object.prototype`: specs hold keys that people chose. */
export function ownValue(mapping: JsonObject, key: string): Json | undefined {
  const value = mapping[key];
  // What the prototype has is functions, but for `__proto__`: only then it has to be asked whose the value is, which takes longer.
  if (typeof value !== 'function' && key !== '__proto__') return value;
  return Object.hasOwn(mapping, key) ? value : undefined;
}

/** Whether a value counts as nothing: null, absent, or a mapping that holds nothing. An empty list is something. */
export function isNothing(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  return isMapping(value) && Object.values(value).every(isNothing);
}

/** Whether two values are the same to a reader of specs: numbers by value, and null, absent and an empty mapping alike at any depth. */
export function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isMapping(a) && isMapping(b)) {
    return (
      Object.keys(a).every((key) => sameValue(a[key], ownValue(b, key))) &&
      Object.keys(b).every((key) => Object.hasOwn(a, key) || isNothing(b[key]))
    );
  }
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) && Number.isNaN(b);
  return isNothing(a) && isNothing(b);
}

/** A value without the keys that hold nothing, at any depth; the items of lists keep their places. Same by {@link sameValue}. */
export function pruned(value: Json): Json {
  if (isList(value)) return value.map(pruned);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => !isNothing(item))
      .map(([key, item]) => [key, pruned(item)]),
  );
}
