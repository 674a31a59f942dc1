import type { Json } from '../replay/model.ts';

/**
 * JSON without the loss of JavaScript's numbers. A service may only be blamed for a changed number by somebody who reads 12345678901234567890
 * as what it is, so a number stays the text that stood on the wire, and two are compared as decimals.
 */
export type Exact = null | boolean | string | ExactNumber | readonly Exact[] | ExactObject;
export interface ExactObject {
  readonly [key: string]: Exact;
}

/** A class, because nothing else tells a number's text from a text and from an object that somebody sent. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

// Of valid JSON these are all strings and all numbers, so what is replaced is never a part of a string.
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;
/** Stands before a number that is written as a string, and before a string that begins with it. */
const mark = '\u0001';
const writtenMark = '\\u0001';

/**
 * Reads JSON. Deep nesting is refused as bad JSON is, by an exception.
 * @throws SyntaxError or RangeError
 */
export function readExact(text: string): Exact {
  // Numbers and escapes are checked as they stand, before they are rewritten.
  JSON.parse(text);
  const marked = text.replace(stringOrNumber, (token) => {
    if (!token.startsWith('"')) return `"${writtenMark}#${token}"`;
    return token.startsWith(`"${writtenMark}`) ? `"${writtenMark}$${token.slice(1)}` : token;
  });
  // What the reviver returns is an Exact: it replaces each marked string, and there is no number left.
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value;
    return value[1] === '#' ? new ExactNumber(value.slice(2)) : value.slice(2);
  }) as Exact;
}

/** A plain value as it would be read from the wire. */
export function exactOf(value: Json): Exact {
  return readExact(JSON.stringify(value));
}

/** The nearest plain value: numbers become JavaScript's. */
export function plainOf(value: Exact): Json {
  if (value instanceof ExactNumber) return Number(value.text);
  if (isExactList(value)) return value.map(plainOf);
  if (!isExactObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}

/** The JSON in ASCII, as Python's client sends it: what isn't ASCII is escaped, so it can be pasted anywhere. */
export function writeExact(value: Exact, indent = ''): string {
  return written(value, indent, indent === '' ? '' : '\n');
}

function written(value: Exact, indent: string, line: string): string {
  if (value instanceof ExactNumber) return value.text;
  const inner = line === '' ? '' : line + indent;
  if (isExactList(value)) {
    if (value.length === 0) return '[]';
    return `[${inner}${value.map((item) => written(item, indent, inner)).join(separator(inner))}${line}]`;
  }
  if (isExactObject(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    const lines = entries.map(([key, item]) => `${ascii(key)}: ${written(item, indent, inner)}`);
    return `{${inner}${lines.join(separator(inner))}${line}}`;
  }
  return typeof value === 'string' ? ascii(value) : String(value);
}

function separator(line: string): string {
  return line === '' ? ', ' : `,${line}`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function isExactList(value: Exact | undefined): value is readonly Exact[] {
  return Array.isArray(value);
}

export function isExactObject(value: Exact | undefined): value is ExactObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** What is at the end of a chain of keys and indexes; undefined where there is nothing. */
export function exactAt(value: Exact, tokens: readonly string[]): Exact | undefined {
  let here: Exact | undefined = value;
  for (const token of tokens) {
    if (isExactList(here)) here = here[Number(token)];
    else if (isExactObject(here)) here = Object.hasOwn(here, token) ? here[token] : undefined;
    else return undefined;
  }
  return here;
}

/** Whether two values are the same: numbers as decimals of any length, keys in any order. */
export function sameExact(a: Exact | undefined, b: Exact | undefined): boolean {
  if (a instanceof ExactNumber && b instanceof ExactNumber) return decimal(a.text) === decimal(b.text);
  if (isExactList(a) && isExactList(b)) {
    return a.length === b.length && a.every((item, index) => sameExact(item, b[index]));
  }
  if (isExactObject(a) && isExactObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameExact(a[key], b[key]))
    );
  }
  return a === b;
}

/** One spelling for each decimal: `1.0`, `1` and `10e-1` are `1e0`. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length);
  return `${sign}${kept}e${power}`;
}
