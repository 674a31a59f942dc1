import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';

export type { SyntaxNode } from '@lezer/common';

/** A Python file with its syntax tree. */
export interface PythonFile {
  readonly text: string;
  readonly root: SyntaxNode;
  /** Places that the parser couldn't make sense of. It is lenient, and there is syntax that it doesn't know. */
  readonly errors: number;
}

/** A text put into another one. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

export function parsePython(text: string): PythonFile {
  const tree = parser.parse(text);
  let errors = 0;
  tree.iterate({
    enter: ({ type }) => {
      if (type.isError) errors += 1;
    },
  });
  return { text, root: tree.topNode, errors };
}

/** The children of a node, comments and punctuation among them. */
export function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** The nodes of a kind below a node, itself included, but not below those that end the search. */
export function within(node: SyntaxNode, name: string, ends: readonly string[] = []): readonly SyntaxNode[] {
  const own = node.name === name ? [node] : [];
  const below = children(node).filter((child) => !ends.includes(child.name));
  return [...own, ...below.flatMap((child) => within(child, name, ends))];
}

export function textOf({ text }: PythonFile, node: SyntaxNode): string {
  return text.slice(node.from, node.to);
}

/** The white space that a line begins with. */
export function indentOf({ text }: PythonFile, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
}

/** The text with everything put in; of two insertions at one place the first one comes first. */
export function inserted(text: string, insertions: readonly Insertion[]): string {
  return insertions
    .map((insertion, index) => ({ ...insertion, index }))
    .sort((a, b) => b.at - a.at || b.index - a.index)
    .reduce((result, { at, text: added }) => result.slice(0, at) + added + result.slice(at), text);
}

/** A class or a function of a body by its name, whatever decorates it. */
export function definition(
  file: PythonFile,
  body: SyntaxNode,
  kind: 'ClassDefinition' | 'FunctionDefinition',
  name: string,
): SyntaxNode | null {
  const found = children(body)
    .map((node) => (node.name === 'DecoratedStatement' ? node.getChild(kind) : node))
    .filter((node): node is SyntaxNode => node?.name === kind)
    .filter((node) => {
      const named = node.getChild('VariableName');
      return named !== null && textOf(file, named) === name;
    });
  // The last one is the one that holds.
  return found.at(-1) ?? null;
}
