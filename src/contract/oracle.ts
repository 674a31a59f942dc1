import { isMapping } from '../replay/equality.ts';
import type { Json, JsonObject, Kind } from '../replay/model.ts';

/** What dstack makes of a spec when it parses and dumps it, or why it refuses it. */
interface Parsed {
  readonly dump: Json;
  readonly refusal: string | null;
}

/** Asks dstack about specs of a kind; the answers are in their order. No plugin has a part in it. */
export type Parse = (kind: Kind, specs: readonly Json[]) => Promise<readonly Parsed[]>;

/** dstack's own form of a spec, as `rest_plugin` would send it; null where dstack refuses it. */
export async function formOf(parse: Parse, kind: Kind, spec: Json): Promise<JsonObject | null> {
  return (await formsOf(parse, kind, [spec]))[0] ?? null;
}

/** The same for several, in their order. */
export async function formsOf(
  parse: Parse,
  kind: Kind,
  specs: readonly Json[],
): Promise<readonly (JsonObject | null)[]> {
  const answers = await parse(kind, specs);
  return answers.map(({ dump, refusal }) => (refusal === null && isMapping(dump) ? dump : null));
}
