import { children, type Insertion, type PythonFile, type SyntaxNode, textOf } from './syntax.ts';

/** `from MODULE import NAME`; the module with its leading dots. */
export interface Import {
  readonly module: string;
  readonly name: string;
}

/** What a name of the file is imported from: the module with its dots, and the name there; null where it isn't imported so. */
export function importOf(file: PythonFile, local: string): Import | null {
  for (const { module, names } of fromImports(file)) {
    const found = names.find((name) => name.local === local);
    if (found !== undefined) return { module, name: found.name };
  }
  return null;
}

/**
 * Where an import goes: among those that are there, in the order that import sorters keep (absolute before relative, then by module).
 *
 * @returns null where it is there already
 */
export function importInsertion(file: PythonFile, { module, name }: Import): Insertion | null {
  const statement = `from ${module} import ${name}`;
  const imports = fromImports(file);
  if (imports.some((one) => one.module === module && one.names.some(({ local }) => local === name)))
    return null;
  const before = imports
    .filter((one) => isRelative(one.module) && sortKey(one.module) < sortKey(module))
    .at(-1);
  if (before !== undefined) return { at: lineEnd(file, before.node.to), text: `\n${statement}` };
  const next = imports.find((one) => isRelative(one.module));
  if (next !== undefined) return { at: next.node.from, text: `${statement}\n` };
  const last = children(file.root)
    .filter((node) => node.name === 'ImportStatement')
    .at(-1);
  if (last !== undefined) return { at: lineEnd(file, last.to), text: `\n\n${statement}` };
  const [first] = children(file.root).filter((node) => node.name !== 'Comment');
  const isDoc = first?.name === 'ExpressionStatement' && first.firstChild?.name === 'String';
  return first !== undefined && isDoc
    ? { at: lineEnd(file, first.to), text: `\n\n${statement}` }
    : { at: first?.from ?? file.text.length, text: `${statement}\n\n` };
}

interface FromImport {
  readonly node: SyntaxNode;
  readonly module: string;
  readonly names: readonly { readonly name: string; readonly local: string }[];
}

/** Those at the top of the file; what a condition or a function imports is left out. */
function fromImports(file: PythonFile): readonly FromImport[] {
  return children(file.root)
    .filter((node) => node.name === 'ImportStatement' && node.firstChild?.name === 'from')
    .map((node) => fromImport(file, node));
}

function fromImport(file: PythonFile, node: SyntaxNode): FromImport {
  const parts = children(node).filter(({ name }) => name !== 'Comment');
  const at = parts.findIndex(({ name }) => name === 'import');
  const module = parts
    .slice(1, at)
    .map((part) => textOf(file, part))
    .join('');
  const names: { name: string; local: string }[] = [];
  let renames = false;
  for (const part of parts.slice(at + 1)) {
    if (part.name === 'as') renames = true;
    if (part.name !== 'VariableName') continue;
    const text = textOf(file, part);
    const last = names.at(-1);
    if (renames && last !== undefined) names[names.length - 1] = { ...last, local: text };
    else names.push({ name: text, local: text });
    renames = false;
  }
  return { node, module, names };
}

function isRelative(module: string): boolean {
  return module.startsWith('.');
}

/** Further up first, as import sorters have it. */
function sortKey(module: string): string {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  return `${String(99 - dots).padStart(2, '0')}${module.slice(dots)}`;
}

function lineEnd({ text }: PythonFile, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
