import { isList, isMapping, ownValue } from '../replay/equality.ts';
import type { Json, JsonObject } from '../replay/model.ts';
import { alternatives, propertiesOf, requiredOf, type SpecSchema, schemaOfObject } from './schema.ts';

/** A place in a spec that the schema knows: a field of an object that is there, whether or not the field is. */
export interface Site {
  readonly tokens: readonly string[];
  /** The schemas that its value may follow. */
  readonly choices: readonly JsonObject[];
  readonly required: boolean;
}

/** What makes a request the one that the user sent; nothing is tried out there. */
const identities: ReadonlySet<string> = new Set([
  'run_name',
  'configuration',
  'configuration/name',
  'configuration/type',
]);

/** All places in a spec, from its root on, in the order of the schema. */
export function sitesOf(schema: SpecSchema, spec: JsonObject): readonly Site[] {
  const sites: Site[] = [];
  const visit = (value: JsonObject, its: Json, tokens: readonly string[]): void => {
    const object = schemaOfObject(schema.document, its, value);
    if (object === null) return;
    const required = new Set(requiredOf(object));
    for (const [key, property] of Object.entries(propertiesOf(object))) {
      const here = [...tokens, key];
      const choices = alternatives(schema.document, property);
      if (!identities.has(here.join('/'))) sites.push({ tokens: here, choices, required: required.has(key) });
      const inner = ownValue(value, key);
      if (isMapping(inner)) visit(inner, property, here);
      if (isList(inner)) visitItems(inner, choices, here);
    }
  };
  const visitItems = (
    items: readonly Json[],
    choices: readonly JsonObject[],
    tokens: readonly string[],
  ): void => {
    const array = choices.find((choice) => ownValue(choice, 'type') === 'array');
    if (array === undefined) return;
    for (const [index, item] of items.entries())
      if (isMapping(item)) visit(item, ownValue(array, 'items') ?? {}, [...tokens, String(index)]);
  };
  visit(spec, schema.root, []);
  return sites;
}

/** A copy of a value with another one at a place, or with nothing there; as it was where the place isn't there. */
export function withValue<T>(value: T, tokens: readonly string[], replacement: T | undefined): T;
export function withValue(value: unknown, tokens: readonly string[], replacement: unknown): unknown {
  const [first, ...rest] = tokens;
  if (first === undefined) return replacement;
  if (Array.isArray(value)) {
    const index = Number(first);
    if (rest.length === 0 && replacement === undefined) return value.filter((_, each) => each !== index);
    return value.map((item, each) => (each === index ? withValue(item, rest, replacement) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (rest.length === 0) {
    const others = entries.filter(([key]) => key !== first);
    if (replacement === undefined) return Object.fromEntries(others);
    return entries.some(([key]) => key === first)
      ? Object.fromEntries(entries.map(([key, item]) => [key, key === first ? replacement : item]))
      : Object.fromEntries([...entries, [first, replacement]]);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === first ? withValue(item, rest, replacement) : item]),
  );
}
