import { isList, isMapping, ownValue } from '../equality.ts';
import type { Json, JsonObject } from '../model.ts';
import { escapeToken } from '../pointer.ts';
import type { AnswerBody } from './answer-body.ts';

/** Why a plugin service answered with an HTTP error, as far as its body says. */
export interface LostReason {
  /** In its own words; null where there are none that a person would read. */
  readonly text: string | null;
  /** The fields of the spec that it says it doesn't know, as JSON Pointers into the spec. */
  readonly unknown: readonly string[];
  /** The same of those that it takes for wrong. */
  readonly wrong: readonly string[];
}

/** Where frameworks put a reason: this project's templates and dstack's protocol, FastAPI, most of the rest, and RFC 9457. */
const reasonKeys = ['error', 'detail', 'message', 'title'];

/** How validators of several languages call a field that they don't know. */
const unknownWords = /extra|unknown|unrecogni[sz]ed|additional propert|unexpected/i;
const unknownName =
  /(?:extra|unknown|unrecogni[sz]ed|additional propert|unexpected)[^"'`]*["'`]([^"'`]+)["'`]/i;

/**
 * @param spec what dstack sent
 */
export function lostReason(body: AnswerBody, spec: Json): LostReason {
  if (body.is === 'cut') return { text: null, unknown: [], wrong: [] };
  if (body.is === 'text') {
    const text = body.text.trim();
    // A page in HTML is for browsers.
    const words = text === '' || text.startsWith('<') ? null : text;
    return { text: words, unknown: words === null ? [] : namedIn(words, spec), wrong: [] };
  }
  const found = reasonIn(body.value);
  const items = isList(found) ? found.filter(isMapping) : [];
  const places = items.flatMap((item) => {
    const pointer = pointerOfLocation(ownValue(item, 'loc') ?? ownValue(item, 'path') ?? null, spec);
    return pointer === null ? [] : [{ pointer, unknown: unknownWords.test(wordsOf(item)) }];
  });
  const text = textOf(found);
  const unknown = places.filter((place) => place.unknown).map(({ pointer }) => pointer);
  return {
    text,
    unknown: unknown.length > 0 || text === null ? unknown : namedIn(text, spec),
    wrong: places.filter((place) => !place.unknown).map(({ pointer }) => pointer),
  };
}

/** As deep as frameworks put it. */
const deepest = 3;

function reasonIn(value: Json, depth = 0): Json {
  if (!isMapping(value)) return value;
  for (const key of reasonKeys) {
    const found = ownValue(value, key);
    if (typeof found === 'string' && found.trim() !== '') return found;
    if (isList(found) && found.length > 0) return found;
    if (isMapping(found) && depth < deepest) return reasonIn(found, depth + 1);
  }
  return null;
}

function textOf(reason: Json): string | null {
  if (typeof reason === 'string') return reason.trim() === '' ? null : reason;
  if (!isList(reason)) return null;
  const parts = reason.flatMap((item) => {
    if (typeof item === 'string') return [item];
    if (!isMapping(item)) return [];
    const location = ownValue(item, 'loc') ?? ownValue(item, 'path');
    const words = ownValue(item, 'msg') ?? ownValue(item, 'message');
    if (typeof words !== 'string') return [];
    return [isList(location) ? `${location.join('.')}: ${words}` : words];
  });
  return parts.length === 0 ? null : parts.join('; ');
}

function wordsOf(item: JsonObject): string {
  return ['type', 'code', 'msg', 'message'].map((key) => String(ownValue(item, key) ?? '')).join(' ');
}

/**
 * A location as pydantic and others give it, in the spec: `["body", "spec", "configuration", "task", "groups"]`, in which names of union
 * members stand between the keys. Null where it is about nothing that the spec has.
 */
function pointerOfLocation(location: Json, spec: Json): string | null {
  if (!isList(location)) return null;
  let pointer = '';
  let value: Json | undefined = spec;
  for (const token of location) {
    const key = String(token);
    const next: Json | undefined = isList(value)
      ? value[Number(key)]
      : isMapping(value)
        ? ownValue(value, key)
        : undefined;
    if (next === undefined) continue;
    value = next;
    pointer += `/${escapeToken(key)}`;
  }
  return pointer === '' ? null : pointer;
}

/** The field of the spec that a sentence says is unknown, wherever it is: `json: unknown field "groups"`. */
function namedIn(text: string, spec: Json): readonly string[] {
  // A sentence comes first, and nobody has to wait for the rest.
  const name = unknownName.exec(text.slice(0, 2000))?.[1];
  if (name === undefined) return [];
  const pointer = pointerOfKey(name, spec, '');
  return pointer === null ? [] : [pointer];
}

function pointerOfKey(key: string, value: Json, above: string): string | null {
  if (!isMapping(value) && !isList(value)) return null;
  const entries = isList(value) ? [...value.entries()] : Object.entries(value);
  for (const [name, inner] of entries) {
    const pointer = `${above}/${escapeToken(String(name))}`;
    if (name === key) return pointer;
    const below = pointerOfKey(key, inner, pointer);
    if (below !== null) return below;
  }
  return null;
}
