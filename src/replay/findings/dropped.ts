import { isList, isMapping, isNothing, ownValue, sameValue } from '../equality.ts';
import type { Json } from '../model.ts';
import { escapeToken, tokensOf } from '../pointer.ts';

/**
 * The fields of a spec that a plugin service forgot: keys of the request that are absent from the answer, where dstack then makes something
 * else of the spec than with them. So these are none:
 *
 * - a key without which dstack comes to the same value: most often one that was null, or had its default;
 * - an entry of a mapping whose keys people choose, such as `tags` or `env`: a policy may take it out. dstack tells them apart: its dump has
 *   every field of a model, set or not, and of other mappings the keys that are there.
 *
 * Where the type of something is another, its keys are, too: that is said as `identity-changed`. A list is looked into where it is as long as
 * it was: of another, a policy took something out or put something in.
 *
 * @param request the spec as it was sent to the service
 * @param answer the spec as it came back
 * @param effective dstack's dump of what the policies made
 * @returns JSON Pointers into the spec; what is below a forgotten key isn't named again
 */
export function droppedFields(request: Json, answer: Json, effective: Json): readonly string[] {
  return [...missing(request, answer, '')].flatMap(({ pointer, key, value }) => {
    const holder = at(effective, pointer.slice(0, pointer.lastIndexOf('/')));
    const known = isMapping(holder) && Object.hasOwn(holder, key);
    return known && !sameValue(holder[key], value) ? [pointer] : [];
  });
}

/**
 * The same for an answer that dstack refuses, so that there is no dump to ask: the absent keys that its reasons are about.
 *
 * @param reasons as `path: words`
 */
export function missedFields(request: Json, answer: Json, reasons: readonly string[]): readonly string[] {
  return [...missing(request, answer, '')].flatMap(({ pointer, key, value }) =>
    !isNothing(value) && reasons.some((reason) => reason.split(/[^\w-]+/).includes(key)) ? [pointer] : [],
  );
}

interface Missing {
  readonly pointer: string;
  readonly key: string;
  readonly value: Json;
}

function* missing(request: Json, answer: Json, above: string): Generator<Missing> {
  if (isList(request) && isList(answer) && request.length === answer.length) {
    for (const [index, item] of request.entries())
      yield* missing(item, answer[index] ?? null, `${above}/${index}`);
  }
  if (!isMapping(request) || !isMapping(answer)) return;
  const types = [ownValue(request, 'type'), ownValue(answer, 'type')];
  if (types.every((type) => typeof type === 'string') && types[0] !== types[1]) return;
  for (const [key, value] of Object.entries(request)) {
    const pointer = `${above}/${escapeToken(key)}`;
    const answered = ownValue(answer, key);
    if (answered === undefined) yield { pointer, key, value };
    else yield* missing(value, answered, pointer);
  }
}

/** What stands at a pointer; undefined where it leads nowhere. */
function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const token of tokensOf(pointer)) {
    if (isList(found)) found = found[Number(token)];
    else if (isMapping(found)) found = ownValue(found, token);
    else return undefined;
  }
  return found;
}
