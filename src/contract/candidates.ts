import { isList, isMapping } from '../replay/equality.ts';
import type { Json, JsonObject, Kind } from '../replay/model.ts';
import { generated } from './generate.ts';
import { formsOf, type Parse } from './oracle.ts';
import { type Random, randomFor } from './random.ts';
import type { SpecSchema } from './schema.ts';
import { sitesOf, withValue } from './sites.ts';

/** Specs that dstack accepts, in its own form, and of how many that were made dstack accepted how many. */
export interface Candidates {
  readonly specs: readonly JsonObject[];
  readonly made: number;
  readonly valid: number;
}

/** Specs that dstack is asked about at once. */
const batch = 50;
/** Batches after which what was found has to do. */
const most = 20;

/** Specs made from nothing but the schema, at most a few of each type. */
export async function specsFromNothing(
  parse: Parse,
  kind: Kind,
  schema: SpecSchema,
  seed: number,
): Promise<Candidates> {
  const random = randomFor(seed, `nothing/${kind}`);
  const byType = new Map<string, JsonObject[]>();
  const count = { made: 0, valid: 0 };
  for (let round = 0; round < most / 4 || (round < most && byType.size === 0); round++) {
    const made = Array.from({ length: batch }, () =>
      generated(schema.document, schema.root, random, random.pick([0, 0.1, 0.2])),
    );
    count.made += made.length;
    for (const form of await formsOf(parse, kind, made)) {
      if (form === null) continue;
      count.valid += 1;
      const type = typeOf(form);
      const found = byType.get(type) ?? [];
      if (found.length < 2) byType.set(type, [...found, form]);
    }
  }
  const sorted = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
  return { specs: sorted.flatMap(([, found]) => found), ...count };
}

/** Specs that are bases with a few fields altered, all different from each other and from their bases. */
export async function mutatedSpecs(
  parse: Parse,
  kind: Kind,
  schema: SpecSchema,
  bases: readonly JsonObject[],
  wanted: number,
  seed: number,
): Promise<Candidates> {
  const random = randomFor(seed, `mutated/${kind}`);
  const known = new Set(bases.map((base) => JSON.stringify(base)));
  const specs: JsonObject[] = [];
  const count = { made: 0, valid: 0 };
  for (let round = 0; bases.length > 0 && round < most && specs.length < wanted; round++) {
    const made = Array.from({ length: batch }, () => mutated(schema, random.pick(bases), random));
    count.made += made.length;
    for (const form of await formsOf(parse, kind, made)) {
      const text = JSON.stringify(form);
      if (form === null) continue;
      count.valid += 1;
      if (known.has(text)) continue;
      known.add(text);
      specs.push(form);
    }
  }
  return { specs: specs.slice(0, wanted), ...count };
}

function mutated(schema: SpecSchema, base: JsonObject, random: Random): Json {
  let spec: JsonObject = base;
  for (let left = 1 + random.below(4); left > 0; left--) {
    // Most fields are the configuration's; without this, profile and repository would have the most.
    const sites = sitesOf(schema, spec);
    const inner = sites.filter(({ tokens }) => tokens[0] === 'configuration');
    const site = random.pick(inner.length > 0 && random.chance(0.7) ? inner : sites);
    const remove = !site.required && random.chance(0.15);
    const value = remove ? undefined : generated(schema.document, { anyOf: site.choices }, random, 0.3, 1);
    spec = withValue<Json>(spec, site.tokens, value) as JsonObject; // a site is never the root
  }
  return spec;
}

/** What a sample holds as a secret stays out of requests that are shown and kept. */
export function withoutSecrets(value: Json, secret = false): Json {
  if (isList(value)) return value.map((item) => withoutSecrets(item, secret));
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        withoutSecrets(item, secret || key === 'env' || key === 'registry_auth' || key === 'ssh_key'),
      ]),
    );
  }
  if (!secret || typeof value !== 'string') return value;
  // `env` as a list holds `NAME=value`.
  const name = /^([A-Za-z_]\w*)=/.exec(value)?.[1];
  return name === undefined ? 'placeholder' : `${name}=placeholder`;
}

function typeOf(spec: JsonObject): string {
  const configuration = spec['configuration'];
  const type = isMapping(configuration) ? configuration['type'] : undefined;
  return typeof type === 'string' ? type : '';
}
