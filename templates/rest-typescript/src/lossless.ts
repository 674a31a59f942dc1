/**
 * JSON that leaves as it came. JSON.parse makes 9007199254740993 end in 2 and 1.0 lose its point, and
 * this server answers with specs that are mostly none of its business.
 */

import { LosslessNumber, parse, stringify } from "lossless-json";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON whose numbers are kept as they are written. */
export type Lossless =
  | null
  | boolean
  | string
  | number
  | LosslessNumber
  | Lossless[]
  | { [key: string]: Lossless };

type Container = Lossless[] | { [key: string]: Lossless };

/** Which received object or list a plain one was made of. */
const origins = new WeakMap<object, Container>();

/**
 * Parses JSON without loss.
 *
 * @throws SyntaxError; also for a key that stands twice in an object, with different values
 */
export function parseLossless(text: string): Lossless {
  // The parser's own type is `unknown`; this is what it makes of JSON.
  return parse(text) as Lossless;
}

/** A copy with ordinary numbers, to be read and changed. */
export function plain(value: Lossless): Json {
  if (value instanceof LosslessNumber) return Number(value.value);
  if (value === null || typeof value !== "object") return value;
  const copy = Array.isArray(value)
    ? value.map(plain)
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  origins.set(copy, value);
  return copy;
}

/**
 * The JSON text of what was received, or of what became of its plain copy. Numbers that nobody changed
 * are as they were received.
 *
 * @param received what stood in its place. An object or list that was moved from elsewhere is known.
 */
export function textOf(value: unknown, received?: Lossless): string {
  return stringify(restored(value, received)) ?? "null";
}

function restored(value: unknown, received: Lossless | undefined): unknown {
  if (typeof value === "number") {
    if (received instanceof LosslessNumber && Number(received.value) === value) return received;
    // JSON.stringify would write null, which mostly means "no limit" to dstack.
    if (!Number.isFinite(value)) throw new TypeError(`${value} can't be said in JSON`);
    return value;
  }
  if (value === null || typeof value !== "object" || value instanceof LosslessNumber) return value;
  const origin = origins.get(value) ?? received;
  if (Array.isArray(value)) {
    const items = Array.isArray(origin) ? origin : [];
    return value.map((item, index) => restored(item, items[index]));
  }
  const fields = isObject(origin) ? origin : {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      restored(item, Object.hasOwn(fields, key) ? fields[key] : undefined),
    ]),
  );
}

/** Whether it is a JSON object. */
export function isObject(value: Lossless | undefined): value is { [key: string]: Lossless } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof LosslessNumber)
  );
}
