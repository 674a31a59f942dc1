import { isMap, isScalar, isSeq, Lexer, type Node, type Pair } from 'yaml';

/** A part of a text, by the offset of its first character and of the one after its last. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Every comment of a YAML text, from its `#` on. */
export function commentsIn(text: string): readonly Range[] {
  const comments: Range[] = [];
  let offset = 0;
  let scalarFollows = false;
  // The lexer gives the text back piece by piece, with marks between; behind the mark for a scalar a `#` is the scalar's own.
  for (const token of new Lexer().lex(text)) {
    if (token === '\x1f') {
      scalarFollows = true;
      continue;
    }
    if (token === '\x02' || token === '\x18') continue;
    if (token.startsWith('#') && !scalarFollows) comments.push({ start: offset, end: offset + token.length });
    offset += token.length;
    scalarFollows = false;
  }
  return comments;
}

/** Where the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line of an offset ends, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  if (at < 0) return text.length;
  return text[at - 1] === '\r' && at > offset ? at - 1 : at;
}

/** Where the line after that of an offset begins. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at + 1;
}

/** Columns from the start of its line to an offset. A byte order mark is no column. */
export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0);
}

/** A pair of a block mapping as it stands in the text. */
export interface PlacedPair {
  readonly key: string;
  readonly value: Node | null;
  /** From the key to the end of the value, without a comment behind it. */
  readonly range: Range;
  /** The key as it is written, with its quotes. */
  readonly written: string;
}

/** The pairs of a block mapping; null where the node is none, or none that can be edited line by line. */
export function blockPairs(text: string, node: unknown): readonly PlacedPair[] | null {
  if (!isMap<Node, Node | null>(node) || node.flow === true) return null;
  const pairs: PlacedPair[] = [];
  for (const { key, value } of node.items) {
    if (!isScalar(key) || !key.range) return null;
    const [start, end] = key.range;
    pairs.push({
      key: String(key.value),
      value,
      range: { start, end: value?.range ? contentEnd(text, value) : end },
      written: text.slice(start, end),
    });
  }
  return pairs;
}

/** Where what a node says ends: before the comments, line ends and white space behind it. */
export function contentEnd(text: string, node: Node): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last = node.items.at(-1);
    if (isNode(last)) return contentEnd(text, last);
    const { key, value } = (last ?? {}) as Partial<Pair<Node, Node | null>>;
    if (value?.range) return contentEnd(text, value);
    if (key?.range) return key.range[1];
  }
  let end = node.range?.[1] ?? 0;
  while (end > (node.range?.[0] ?? 0) && /[\r\n]/.test(text[end - 1] ?? '')) end--;
  return end;
}

function isNode(item: unknown): item is Node {
  return typeof item === 'object' && item !== null && 'range' in item;
}
