import { describe, expect, it } from "vitest";
import { parseLossless, plain, textOf } from "../src/lossless.ts";

const text =
  '{"a":1.0,"big":9007199254740993,"list":[{"n":2.50},{"n":3.50}],"__proto__":{"x":1.0}}';

interface Value {
  a: number;
  big: number;
  list: { n: number }[];
}

/** What becomes of the text when something else is made of its plain copy. */
function after(change: (value: Value) => unknown): string {
  const received = parseLossless(text);
  return textOf(change(plain(received) as unknown as Value), received);
}

describe("JSON that is read and written again", () => {
  it("is the same without a change", () => {
    expect(after((value) => value)).toBe(text);
  });

  it("has the numbers that were written to it", () => {
    expect(after((value) => Object.assign(value, { a: 2 }))).toBe(text.replace('"a":1.0', '"a":2'));
  });

  it("keeps a number that was written to it with the same value", () => {
    expect(after((value) => Object.assign(value, { a: 1 }))).toBe(text);
  });

  it("keeps what a copy of an object holds", () => {
    const changed = after((value) => ({
      ...value,
      list: value.list.map((item) => ({ ...item })),
    }));
    expect(changed).toBe(text);
  });

  it("keeps what is moved to another place", () => {
    expect(after((value) => value.list.slice(1))).toBe('[{"n":3.50}]');
  });

  it("loses what is removed", () => {
    expect(after((value) => ({ big: value.big }))).toBe('{"big":9007199254740993}');
  });
});
