import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { Failure } from '../../failure.ts';

/** The text of a YAML file with its nodes and lines. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Parses a YAML file of one document. Throws a {@link Failure} with the line where it isn't one. */
export function parseSource(path: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Failure({
      code: 'invalid-expectation',
      text: sentenceOf(error.code, error.message),
      place: { file: path, line: lines.linePos(error.pos[0]).line },
    });
  }
  return { path, text, document, lines };
}

function sentenceOf(code: string, message: string): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'An expectation file holds one YAML document; this one has several.';
    case 'DUPLICATE_KEY':
      return 'A key stands twice in one mapping.';
    default:
      return `The YAML can't be parsed: ${message.replace(/[.\s]*$/, '')}.`;
  }
}

/** The line, counted from 1, of what a chain of keys and indices leads to, or of the last node on the way; a mapping's value by its key. */
export function lineAt(source: Source, path: readonly string[]): number {
  let node: unknown = source.document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const token of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === token);
      offset = offsetOf(pair?.key) ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(token)];
      node = isPair(item) ? item.value : item;
      offset = offsetOf(node) ?? offset;
    } else {
      break;
    }
  }
  return source.lines.linePos(offset).line;
}

function offsetOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null;
}
