import { type AST, getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { at, isTable, type Table } from '../../target/pyproject.ts';
import { type Insertion, inserted } from '../python/syntax.ts';

/** An item that a list has more, by the keys that lead to the list. */
interface Added {
  readonly keys: readonly string[];
  readonly item: string;
}

/**
 * Puts into a TOML file what one generated version of it has more than another: strings in lists. Comments and layout stay.
 *
 * @returns null where the versions differ in anything else, or the file has no such list
 */
export function graftToml(text: string, before: string, after: string): string | null {
  const added = difference(parsed(before), parsed(after));
  const there = parsed(text);
  if (added === null || there === null) return null;
  const missing = added.filter(({ keys, item }) => {
    const list = at(there, ...keys);
    return !(Array.isArray(list) && list.includes(item));
  });
  const program = parseTOML(text);
  const insertions: Insertion[] = [];
  for (const { keys, item } of missing) {
    const array = arrayAt(program, keys);
    if (array === null) return null;
    insertions.push(...itemInsertions(text, array, JSON.stringify(item)));
  }
  const result = inserted(text, insertions);
  return parsed(result) === null ? null : result;
}

function parsed(text: string): Table | null {
  try {
    const value = getStaticTOMLValue(parseTOML(text));
    return isTable(value) ? value : null;
  } catch {
    return null;
  }
}

/** Null where something else differs than that lists have more. */
function difference(before: unknown, after: unknown, keys: readonly string[] = []): readonly Added[] | null {
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = before.some((item) => !after.includes(item) && typeof item === 'string');
    const added = after.filter((item) => typeof item === 'string' && !before.includes(item));
    return gone ? null : added.map((item: string) => ({ keys, item }));
  }
  if (isTable(before) && isTable(after)) {
    const found: Added[] = [];
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = difference(before[key], after[key], [...keys, key]);
      if (inner === null) return null;
      found.push(...inner);
    }
    return found;
  }
  return before === after || String(before) === String(after) ? [] : null;
}

function arrayAt(program: AST.TOMLProgram, keys: readonly string[]): AST.TOMLArray | null {
  for (const node of program.body[0].body) {
    const within = node.type === 'TOMLTable' ? node.resolvedKey.map(String) : [];
    const pairs = node.type === 'TOMLTable' ? node.body : [node];
    for (const { key, value } of pairs) {
      const path = [
        ...within,
        ...key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value)),
      ];
      if (path.join('\0') === keys.join('\0') && value.type === 'TOMLArray') return value;
    }
  }
  return null;
}

function itemInsertions(text: string, array: AST.TOMLArray, item: string): readonly Insertion[] {
  const last = array.elements.at(-1);
  if (last === undefined) return [{ at: array.range[0] + 1, text: item }];
  const [start, end] = last.range;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (line.trim() !== '') return [{ at: end, text: `, ${item}` }];
  // The comma may be missing, and a remark may follow it: the new item goes before the bracket's line.
  const comma = /^(?:\s|#[^\n]*\n)*,/.test(text.slice(end, array.range[1]));
  return [...(comma ? [] : [{ at: end, text: ',' }]), { at: lineEnd(text, end), text: `\n${line}${item},` }];
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
