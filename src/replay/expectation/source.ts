import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
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
  // The parser's own search for doubled keys takes quadratic time: 2 s for a file of 10,000 changes.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  const problem =
    error === undefined
      ? doubledKey(document)
      : { text: sentenceOf(error.code, error.message), offset: error.pos[0] };
  if (problem !== null) {
    throw new Failure({
      code: 'invalid-expectation',
      text: problem.text,
      place: { file: path, line: lines.linePos(problem.offset).line },
    });
  }
  return { path, text, document, lines };
}

function doubledKey(document: Document.Parsed): { readonly text: string; readonly offset: number } | null {
  let problem: { readonly text: string; readonly offset: number } | null = null;
  visit(document, {
    Map(_, map) {
      const keys = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : null;
        if (name !== null && keys.has(name)) {
          problem = { text: `The key \`${name}\` stands twice in one mapping.`, offset: offsetOf(key) ?? 0 };
          return visit.BREAK;
        }
        if (name !== null) keys.add(name);
      }
      return undefined;
    },
  });
  return problem;
}

function sentenceOf(code: string, message: string): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'An expectation file holds one YAML document; this one has several.';
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
