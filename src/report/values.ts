import { isList, isMapping, isNothing } from '../replay/equality.ts';
import { describeListChange } from '../replay/list-items.ts';
import type { ExpectedChange, Json } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';

export const nothing = '(nothing)';

/** What a change did to a value, in words that are safe to print and not yet cut to any width. */
export type ValueText =
  | {
      readonly kind: 'value';
      /** Null where there was nothing. */
      readonly from: string | null;
      /** Null where nothing is left. */
      readonly to: string | null;
      /** What the raw values mean, or null. */
      readonly note: string | null;
    }
  | {
      readonly kind: 'items';
      readonly gone: readonly string[];
      readonly come: readonly string[];
      /** What is to be said about the items that are in neither, or null. */
      readonly note: string | null;
    };

/** @param path the JSON Pointer of the value, which tells durations from other numbers */
export function valueText(path: string, { from, to, inWords }: ExpectedChange): ValueText {
  if (inWords === true)
    return { kind: 'value', from: sideText(from, unit(path, from)), to: printable(String(to)), note: null };
  if (isList(from) && isList(to)) return listText(from, to);
  const [was, is] = [unit(path, from), unit(path, to)];
  if (was !== null && is !== null)
    return { kind: 'value', from: jsonText(from), to: jsonText(to), note: `${was} → ${is}` };
  return { kind: 'value', from: sideText(from, was), to: sideText(to, is), note: null };
}

function listText(from: readonly Json[], to: readonly Json[]): ValueText {
  const { added, removed } = describeListChange(from, to);
  if (added.length === 0 && removed.length === 0)
    return { kind: 'value', from: jsonText(from), to: jsonText(to), note: 'another order' };
  const kept = from.length - removed.length;
  const note = to.length === 0 ? 'none left' : kept === 0 ? null : kept === 1 ? '1 stays' : `${kept} stay`;
  return {
    kind: 'items',
    gone: removed.map((item) => jsonText(item)),
    come: added.map((item) => jsonText(item)),
    note,
  };
}

function sideText(value: Json | undefined, unitOfValue: string | null): string | null {
  if (value === undefined || isNothing(value)) return null;
  return unitOfValue === null ? jsonText(value) : `${jsonText(value)} (${unitOfValue})`;
}

/** A JSON value on one line, as YAML's flow style has it: quotes only where a reader could take the text for something else. */
export function jsonText(value: Json | undefined, nested = false): string {
  if (value === undefined) return nothing;
  if (typeof value === 'string') return stringText(value, nested);
  if (isList(value)) return `[${value.map((item) => jsonText(item, true)).join(', ')}]`;
  if (isMapping(value)) {
    const entries = Object.entries(value);
    return `{${entries.map(([key, item]) => `${stringText(key, true)}: ${jsonText(item, true)}`).join(', ')}}`;
  }
  return String(value);
}

function stringText(text: string, nested: boolean): string {
  const ambiguous =
    text.trim() !== text ||
    text === '' ||
    printable(text) !== text ||
    /^(?:true|false|null|[-+.]?\d[\d.]*(?:e[-+]?\d+)?|[-+?:,[\]{}#&|>'"%@`(!].*)$/i.test(text) ||
    / → |: | #/.test(text) ||
    (nested && /[,[\]{}]/.test(text));
  return ambiguous ? printable(JSON.stringify(text)) : text;
}

/** The seconds of a duration as a person says them, for a number at a pointer whose last name speaks of time; else null. */
function unit(path: string, value: Json | undefined): string | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return null;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /duration|window|delay|timeout|interval/.test(name) ? durationText(value) : null;
}

/** Seconds in days, hours, minutes and seconds: `1d`, `1h30m`, `0s`. */
export function durationText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${count}${name}`)
      .join('') || '0s'
  );
}
