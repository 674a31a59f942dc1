import { isList, isMapping, ownValue } from '../replay/equality.ts';
import type { Json, JsonObject } from '../replay/model.ts';
import type { Random } from './random.ts';
import { alternatives, propertiesOf, requiredOf } from './schema.ts';

/**
 * Words that dstack may take somewhere: the schema doesn't say what most strings have to look like, so these are guesses, and dstack is asked
 * about each result. None is a secret, and none names an image or a command that does anything.
 */
const words = [
  'alpha',
  'beta-2',
  'eu-north-1',
  '1h',
  '2',
  '8GB',
  '1..4',
  '/data',
  'cache:/data',
  '/mnt/data:/data',
  '8080:80',
  '80',
  'https://example.com/a',
  '10.0.0.1',
  '10.0.0.0/24',
  'KEY=value',
  'X-Request-Name',
  ':',
  'true',
] as const;
const keys = ['alpha', 'beta', 'GAMMA'] as const;
const numbers = [0, 1, 2, 4, 16, 60, 3600, 86_400, 0.5, 2.75] as const;

/** Below these keys a spec holds secrets, and what looks like one has no place in a request that is shown to people. */
const secretKeys: ReadonlySet<string> = new Set(['env', 'registry_auth', 'ssh_key']);
const deepest = 6;

/**
 * A value that a schema describes, as far as it says: dstack's own rules are more than that.
 *
 * @param wealth how often an optional field is there, from 0 to 1; deeper ones are rarer
 */
export function generated(
  document: Json,
  schema: Json | undefined,
  random: Random,
  wealth: number,
  depth = 0,
): Json {
  const choices = alternatives(document, schema);
  const something = choices.filter((choice) => ownValue(choice, 'type') !== 'null');
  if (something.length === 0) return null;
  const choice = random.pick(something);
  const constant = ownValue(choice, 'const');
  if (constant !== undefined) return constant;
  const names = ownValue(choice, 'enum');
  if (isList(names) && names.length > 0) return random.pick(names);
  switch (ownValue(choice, 'type')) {
    case 'string':
      return text(choice, random);
    case 'integer':
      return number(choice, random, numbers.filter(Number.isInteger));
    case 'number':
      return number(choice, random, numbers);
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return list(document, choice, random, wealth, depth);
    case 'object':
      return object(document, choice, random, wealth, depth);
    default:
      return random.pick(words);
  }
}

function text(schema: JsonObject, random: Random): string {
  const pattern = ownValue(schema, 'pattern');
  const fitting = words.filter((word) => typeof pattern !== 'string' || new RegExp(pattern, 'u').test(word));
  return random.pick(fitting.length > 0 ? fitting : words);
}

function number(schema: JsonObject, random: Random, choices: readonly number[]): number {
  const bound = (key: string): number | null => {
    const value = ownValue(schema, key);
    return typeof value === 'number' ? value : null;
  };
  const least = bound('minimum') ?? bound('exclusiveMinimum') ?? Number.NEGATIVE_INFINITY;
  const most = bound('maximum') ?? bound('exclusiveMaximum') ?? Number.POSITIVE_INFINITY;
  const fitting = choices.filter((each) => each >= least && each <= most);
  return random.pick(fitting.length > 0 ? fitting : choices);
}

function list(document: Json, schema: JsonObject, random: Random, wealth: number, depth: number): Json {
  const least = ownValue(schema, 'minItems');
  const most = depth > deepest ? 0 : random.below(3);
  const length = Math.max(typeof least === 'number' ? least : 0, most);
  const items = ownValue(schema, 'items');
  return Array.from({ length }, () => generated(document, items, random, wealth, depth + 1));
}

function object(document: Json, schema: JsonObject, random: Random, wealth: number, depth: number): Json {
  const required = new Set(requiredOf(schema));
  const result: Record<string, Json> = {};
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const wanted = !secretKeys.has(key) && depth < deepest && random.chance(wealth / (depth + 1));
    if (required.has(key) || wanted || ownValue(asMapping(property), 'const') !== undefined)
      result[key] = generated(document, property, random, wealth, depth + 1);
  }
  const more = ownValue(schema, 'additionalProperties');
  if (isMapping(more)) {
    for (const key of keys)
      if (random.chance(0.4)) result[key] = generated(document, more, random, wealth, depth + 1);
  }
  return result;
}

function asMapping(value: Json): JsonObject {
  return isMapping(value) ? value : {};
}
