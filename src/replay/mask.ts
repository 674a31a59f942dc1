import { isList, isMapping } from './equality.ts';
import type { ChangedValue, Json, JsonObject } from './model.ts';
import { pointerOf, tokensOf } from './pointer.ts';
import { masked, textMask } from './secret-text.ts';

/** Takes the secrets of one sample out of what leaves this process. Everything is compared first and masked afterwards. */
export interface Mask {
  /** For messages and whatever else is text. */
  readonly text: (text: string) => string;
  /** For logs and tracebacks: a secret of several lines is found across them, and then stands as one line. */
  readonly lines: (lines: readonly string[]) => readonly string[];
  /** For any JSON value, such as a dump, from the root of a spec on. */
  readonly value: (value: Json) => Json;
  /** For changes by JSON Pointer. */
  readonly changes: (
    changes: Readonly<Record<string, ChangedValue>>,
  ) => Readonly<Record<string, ChangedValue>>;
}

/** Below these keys a sample holds secrets, wherever in a spec they stand. */
const secretKeys: ReadonlySet<string> = new Set(['env', 'registry_auth', 'ssh_key']);

/** What fills in for an `env:` entry without a value shows that there was none; it hides nothing. */
const placeholder = /^<[A-Za-z_][A-Za-z0-9_]*>$/;

/** The mask of a sample without secrets. */
const nothingToMask: Mask = {
  text: (text) => text,
  lines: (lines) => lines,
  value: (value) => value,
  changes: (changes) => changes,
};

const masks = new WeakMap<readonly string[], Mask>();

/** The mask of a sample, as {@link createMask} makes it; the same one for the same list. */
export function maskOf(secrets: readonly string[]): Mask {
  const mask = masks.get(secrets) ?? createMask(secrets);
  masks.set(secrets, mask);
  return mask;
}

/**
 * Makes the mask of a sample.
 *
 * Under `env`, `registry_auth` and `ssh_key` a value that the sample holds becomes `***` whatever its length; one that the plugin made is
 * shown. Everywhere else, in values as in keys, messages and logs, secrets of six characters or more are replaced within the text.
 *
 * @param secrets the values that the sample holds under these keys, in any order
 */
export function createMask(secrets: readonly string[]): Mask {
  const hidden = secrets.filter((secret) => secret !== '' && !placeholder.test(secret));
  if (hidden.length === 0) return nothingToMask;
  const exact = new Set(
    hidden.flatMap((secret) => [secret, secret.trim()]).filter((secret) => secret !== ''),
  );
  const everywhere = textMask(hidden);

  const scalar = (value: string | number | boolean, secret: boolean): Json => {
    const text = String(value);
    if (secret && exact.has(text)) return masked;
    if (typeof value !== 'string') return everywhere(text) === masked ? masked : value;
    // `env` as a list holds `NAME=value`.
    const equals = text.indexOf('=');
    if (secret && equals > 0 && exact.has(text.slice(equals + 1)))
      return `${everywhere(text.slice(0, equals))}=${masked}`;
    return everywhere(text);
  };
  const value = (item: Json, secret: boolean): Json => {
    if (item === null) return null;
    if (isList(item)) return item.map((inner) => value(inner, secret));
    if (!isMapping(item)) return scalar(item, secret);
    return mapping(item, secret);
  };
  const mapping = (item: JsonObject, secret: boolean): JsonObject =>
    withDistinctKeys(
      Object.entries(item).map(([key, inner]) => [
        everywhere(key),
        value(inner, secret || secretKeys.has(key)),
      ]),
    );

  return {
    text: everywhere,
    lines: (lines) => (lines.length === 0 ? [] : everywhere(lines.join('\n')).split('\n')),
    value: (item) => value(item, false),
    changes: (changes) =>
      withDistinctKeys(
        Object.entries(changes).map(([pointer, { from, to }]) => {
          const tokens = tokensOf(pointer);
          const secret = tokens.some((token) => secretKeys.has(token));
          return [
            pointerOf(tokens.map(everywhere)),
            {
              ...(from === undefined ? {} : { from: value(from, secret) }),
              ...(to === undefined ? {} : { to: value(to, secret) }),
            },
          ];
        }),
      ),
  };
}

/** Two keys that look alike once they are masked are told apart by a number, so that none is lost. */
function withDistinctKeys<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const result = new Map<string, T>();
  for (const [key, value] of entries) {
    let distinct = key;
    for (let number = 2; result.has(distinct); number++) distinct = `${key} (${number})`;
    result.set(distinct, value);
  }
  return Object.fromEntries(result);
}
