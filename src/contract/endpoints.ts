import type { Json, JsonObject } from '../replay/model.ts';
import { bodyOf, endpointOf, kinds, type Sender } from './caller.ts';
import { specsFromNothing, withoutSecrets } from './candidates.ts';
import type { BaseSpec } from './contract.ts';
import { type ExactObject, exactOf } from './exact.ts';
import { formsOf } from './oracle.ts';
import type { Checked, Defect, Endpoint, Probe } from './probe.ts';
import { specSchema } from './schema.ts';
import { sentences } from './sentences.ts';

/** Specs of a kind that are tried before its endpoint counts as missing, and that others are made of. */
const mostBases = 6;

const nobody: Sender = { user: 'admin', project: 'main' };

/** Asks each of the four endpoints; those that answer are what the other checks go on with. */
export async function checkEndpoints(
  probe: Probe,
  document: Json,
  given: readonly BaseSpec[],
): Promise<Checked & { readonly endpoints: readonly Endpoint[] }> {
  const defects: Defect[] = [];
  const unchecked: string[] = [];
  const endpoints: Endpoint[] = [];
  let judged = 0;
  for (const kind of kinds) {
    const schema = specSchema(document, kind);
    const own = given.filter((base) => base.kind === kind);
    const sampled = await formsOf(
      probe.parse,
      kind,
      own.map(({ spec }) => withoutSecrets(spec)),
    );
    const made = await specsFromNothing(probe.parse, kind, schema, probe.seed);
    const bases = distinct([...sampled.filter((spec) => spec !== null), ...made.specs]).slice(0, mostBases);
    const sender = own[0] ?? nobody;
    const accepted: JsonObject[] = [];
    const others: JsonObject[] = [];
    let failure: { readonly does: string; readonly body: string } | null = null;
    for (const base of bases) {
      const body = bodyOf(sender, exactOf(base) as ExactObject); // it comes from an object
      const answer = await probe.caller.send(kind, body);
      if (answer === null) break;
      judged += 1;
      if (answer.type === 'bad') failure ??= { does: answer.does, body };
      else (answer.type === 'accepted' ? accepted : others).push(base);
    }
    const answering = [...accepted, ...others];
    if (answering.length > 0) {
      // Those that weren't asked about any more, or that the service failed over, are for the generated specs to show.
      const rest = bases.filter((base) => !answering.includes(base));
      endpoints.push({ kind, schema, sender, bases: [...answering, ...rest] });
    } else if (failure !== null) {
      const text = sentences.endpointMissing(kind, failure.does);
      defects.push({ code: 'endpoint-missing', kind, topic: kind, text, body: failure.body, spec: null });
    } else if (bases.length === 0)
      unchecked.push(
        `${endpointOf(kind)}: no spec of a ${kind} could be made from dstack's schema. Add a sample.`,
      );
    else unchecked.push(`${endpointOf(kind)}: no request or no time was left.`);
  }
  return { defects, judged, unchecked, endpoints };
}

function distinct(specs: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(specs.map((spec) => [JSON.stringify(spec), spec])).values()];
}
