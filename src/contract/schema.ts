import { ExitCode, Failure } from '../failure.ts';
import { isList, isMapping, ownValue } from '../replay/equality.ts';
import type { Json, JsonObject, Kind } from '../replay/model.ts';
import { endpointOf } from './caller.ts';

/** The schema of one kind of spec, within the document that its references lead into. */
export interface SpecSchema {
  readonly document: Json;
  readonly root: JsonObject;
}

/**
 * Finds the schema of a kind's spec in the OpenAPI document of the four endpoints.
 * @throws Failure (exit 3) where there is none
 */
export function specSchema(document: Json, kind: Kind): SpecSchema {
  const operation = [
    'paths',
    endpointOf(kind),
    'post',
    'requestBody',
    'content',
    'application/json',
    'schema',
  ];
  const request = resolved(document, at(document, operation));
  const spec = resolved(document, at(request, ['properties', 'spec']));
  if (Object.keys(spec).length === 0) {
    throw new Failure({
      code: 'no-schema',
      text: `The OpenAPI document of this dstack has no schema for the spec of a ${kind}.`,
      exitCode: ExitCode.cannotRun,
    });
  }
  return { document, root: spec };
}

/** A schema with its reference followed; empty where it leads nowhere. */
function resolved(document: Json, schema: Json | undefined): JsonObject {
  let here = schema;
  for (let hop = 0; hop < 20; hop++) {
    if (!isMapping(here)) return {};
    const reference = ownValue(here, '$ref');
    if (typeof reference !== 'string') return here;
    const tokens = reference.replace(/^#\//, '').split('/');
    here = at(
      document,
      tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
  }
  return {};
}

/** All schemas that a value may follow, without the alternatives that hold them together. */
export function alternatives(document: Json, schema: Json | undefined): readonly JsonObject[] {
  const here = resolved(document, schema);
  const choices = ownValue(here, 'anyOf') ?? ownValue(here, 'oneOf');
  if (isList(choices)) return choices.flatMap((choice) => alternatives(document, choice));
  const all = ownValue(here, 'allOf');
  if (isList(all) && all.length === 1) return alternatives(document, all[0] ?? null);
  return [here];
}

export function propertiesOf(schema: JsonObject): JsonObject {
  const properties = ownValue(schema, 'properties');
  return isMapping(properties) ? properties : {};
}

export function requiredOf(schema: JsonObject): readonly string[] {
  const required = ownValue(schema, 'required');
  return isList(required) ? required.filter((key) => typeof key === 'string') : [];
}

/** Of the alternatives for an object the one that it most likely follows: constants agree, and most of its keys are known. */
export function schemaOfObject(
  document: Json,
  schema: Json | undefined,
  value: JsonObject,
): JsonObject | null {
  let best: { readonly schema: JsonObject; readonly score: number } | null = null;
  for (const choice of alternatives(document, schema)) {
    if (ownValue(choice, 'type') !== 'object' && ownValue(choice, 'properties') === undefined) continue;
    const properties = propertiesOf(choice);
    const score = scoreOf(document, properties, value);
    if (score !== null && (best === null || score > best.score)) best = { schema: choice, score };
  }
  return best?.schema ?? null;
}

function scoreOf(document: Json, properties: JsonObject, value: JsonObject): number | null {
  let score = 0;
  for (const [key, item] of Object.entries(value)) {
    const property = ownValue(properties, key);
    if (property === undefined) continue;
    const constant = ownValue(resolved(document, property), 'const');
    if (constant !== undefined && constant !== item) return null;
    score += 1;
  }
  return score;
}

function at(value: Json | undefined, tokens: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const token of tokens) {
    if (isList(here)) here = here[Number(token)];
    else here = isMapping(here) ? ownValue(here, token) : undefined;
  }
  return here;
}
