import type { Exchange } from '../../engine/protocol.ts';
import type { Json } from '../model.ts';

/** What a plugin service sent, to one who looks for JSON. */
export type AnswerBody =
  | { readonly is: 'json'; readonly value: Json }
  /** No JSON, as `json.loads` of Python sees it. */
  | { readonly is: 'text'; readonly text: string }
  /** Of so long a body the exchange has the beginning alone. */
  | { readonly is: 'cut' };

/** From here on an exchange's body is cut; in bytes. */
const cutFrom = 1 << 20;

/** The body of an answer; an absent one is empty. */
export function bodyOf({ body }: Pick<Exchange, 'body'>): AnswerBody {
  const text = body ?? '';
  const value = parsedAsPythonDoes(text);
  if (value !== undefined) return { is: 'json', value };
  // Three bytes may be missing of the last character.
  return Buffer.byteLength(text) >= cutFrom - 3 ? { is: 'cut' } : { is: 'text', text };
}

/** A JSON value; undefined where a text is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // whatever JSON.parse returns is JSON
  } catch {
    return undefined;
  }
}

/** Python's parser takes NaN and Infinity for numbers, which JSON hasn't got. */
function parsedAsPythonDoes(text: string): Json | undefined {
  const value = jsonIn(text);
  if (value !== undefined) return value;
  let within = false;
  return jsonIn(
    text.replace(/\\.|"|NaN|-?Infinity/gs, (each) => {
      if (each === '"') within = !within;
      return within || each === '"' || each.startsWith('\\') ? each : '0';
    }),
  );
}

/** The media type that an answer says that it has, without parameters; null where it says none. */
export function mediaTypeOf({ headers }: Pick<Exchange, 'headers'>): string | null {
  const [, value] = headers.find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const type = value?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? null : type;
}

/** Whether a media type is one of JSON's. */
export function isJsonType(type: string | null): boolean {
  return type !== null && (type === 'application/json' || /^[^/]+\/.+\+json$/.test(type));
}
