import type { Kind } from '../replay/model.ts';
import { type Exact, type ExactObject, isExactList, isExactObject, plainOf } from './exact.ts';
import { formOf } from './oracle.ts';
import type { Probe } from './probe.ts';
import { withValue } from './sites.ts';

/** Requests that may go into one spec that people are to read. */
const most = 30;

/**
 * A smaller spec that is as wrong: first without what is null, then without one field after the other. It stays one that dstack accepts.
 *
 * @param keep the place of what it is about, which stays
 * @param fails whether a spec still shows it; sends requests
 */
export async function shrunk(
  probe: Probe,
  kind: Kind,
  spec: ExactObject,
  keep: readonly string[],
  fails: (spec: ExactObject) => Promise<boolean>,
): Promise<ExactObject> {
  const end = probe.caller.requests + most;
  const room = (): boolean => probe.caller.requests < end && probe.caller.left > 1;
  const holds = async (candidate: ExactObject): Promise<boolean> =>
    room() && (await formOf(probe.parse, kind, plainOf(candidate))) !== null && (await fails(candidate));
  const lean = withoutNulls(spec);
  let smallest = (await holds(lean)) ? lean : spec;
  for (const tokens of removable(smallest)) {
    if (!room()) break;
    if (keep.length > 0 && tokens.every((token, index) => keep[index] === token)) continue;
    const candidate = withValue<ExactObject>(smallest, tokens, undefined);
    if (await holds(candidate)) smallest = candidate;
  }
  return smallest;
}

function withoutNulls(value: ExactObject): ExactObject {
  const inner = (item: Exact): Exact => {
    if (isExactList(item)) return item.map(inner);
    return isExactObject(item) ? withoutNulls(item) : item;
  };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, inner(item)]),
  );
}

/** The fields of the spec, and those of its mappings; the configuration and its type are needed. */
function removable(spec: ExactObject): readonly (readonly string[])[] {
  const outer = Object.keys(spec).filter((key) => key !== 'configuration');
  const configuration = spec['configuration'];
  const inner = isExactObject(configuration)
    ? Object.keys(configuration).filter((key) => key !== 'type')
    : [];
  return [...outer.map((key) => [key]), ...inner.map((key) => ['configuration', key])];
}
