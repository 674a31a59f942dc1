import { type Import, importInsertion } from './imports.ts';
import { type ListOwner, type PolicyList, policyList } from './policy-list.ts';
import {
  children,
  definition,
  type Insertion,
  indentOf,
  inserted,
  type PythonFile,
  parsePython,
  type SyntaxNode,
  textOf,
  within,
} from './syntax.ts';

/** A policy to run. */
export interface PolicyToWire {
  readonly className: string;
  /** The module that has it, as this file imports it: `.policies.max_price`. */
  readonly module: string;
  /** The module that loads the settings, if the policy takes them. */
  readonly settings: string | null;
}

/**
 * Adds a policy to the list that a plugin returns, with its import, and leaves everything else as it stands. Settings are loaded where the
 * plugin is created, so that a mistake in them stops the server: dstack asks for the policies on every apply.
 *
 * @returns the text, which is the same where the policy is there already; null where it can't be done safely
 */
export function wirePolicy(text: string, owner: ListOwner, policy: PolicyToWire): string | null {
  const file = parsePython(text);
  const place = policyList(file, owner);
  if (place === null) return null;
  const items = itemsOf(place.list);
  if (items.some((item) => isCallOf(file, item, policy.className))) return text;
  const settings = settingsFor(file, place, policy);
  if (settings === null) return null;
  const imports: readonly Import[] = [
    { module: policy.module, name: policy.className },
    ...(settings.imports ?? []),
  ];
  const added = [
    ...imports.map((one) => importInsertion(file, one)).filter((one) => one !== null),
    ...settings.insertions,
    ...itemInsertions(file, place.list, `${policy.className}(${settings.argument})`),
  ];
  const result = inserted(text, added);
  // The parser is lenient, and doesn't know everything: what it could make sense of before, it still can.
  return parsePython(result).errors > file.errors ? null : result;
}

function itemsOf(list: SyntaxNode): readonly SyntaxNode[] {
  return children(list).filter(({ name }) => !['[', ']', ',', 'Comment'].includes(name));
}

function isCallOf(file: PythonFile, node: SyntaxNode, className: string): boolean {
  return (
    node.name === 'CallExpression' && node.firstChild !== null && textOf(file, node.firstChild) === className
  );
}

/** After the last item: on a line of its own where the items have lines of their own. */
function itemInsertions(file: PythonFile, list: SyntaxNode, item: string): readonly Insertion[] {
  const last = itemsOf(list).at(-1);
  if (last === undefined) return [{ at: list.from + 1, text: item }];
  const comma = children(list).find((node) => node.name === ',' && node.from >= last.to);
  const ownLine = /^\s*$/.test(file.text.slice(file.text.lastIndexOf('\n', last.from - 1) + 1, last.from));
  if (!ownLine) return [{ at: last.to, text: `, ${item}` }];
  const indent = indentOf(file, last.from);
  const remark = children(list).find(
    (node) =>
      node.name === 'Comment' && node.from >= last.to && !file.text.slice(last.to, node.from).includes('\n'),
  );
  const end = Math.max(last.to, comma?.to ?? 0, remark?.to ?? 0);
  return [
    ...(comma === undefined ? [{ at: last.to, text: ',' }] : []),
    { at: end, text: `\n${indent}${item},` },
  ];
}

interface SettingsUse {
  readonly argument: string;
  readonly imports?: readonly Import[];
  readonly insertions: readonly Insertion[];
}

/** How the new policy gets at the settings: what the scope has loaded already, else loaded for it. */
function settingsFor(file: PythonFile, place: PolicyList, policy: PolicyToWire): SettingsUse | null {
  if (policy.settings === null) return { argument: '', insertions: [] };
  const loaded = loadedIn(file, place.scope, 'VariableName');
  if (loaded !== null) return { argument: loaded, insertions: [] };
  const imports = [{ module: policy.settings, name: 'load_settings' }];
  const body = place.ownerClass?.getChild('Body') ?? null;
  if (body === null || isWithinInit(file, place, body)) {
    const statement = firstStatement(place.scope);
    if (statement === null) return null;
    const line = `settings = load_settings()\n${indentOf(file, statement.from)}`;
    return { argument: 'settings', imports, insertions: [{ at: statement.from, text: line }] };
  }
  const kept = loadedIn(file, body, 'MemberExpression');
  if (kept !== null) return { argument: kept, insertions: [] };
  const insertion = inInit(file, body, 'self._settings = load_settings()');
  return insertion && { argument: 'self._settings', imports, insertions: [insertion] };
}

/** The name that `load_settings()` is assigned to. */
function loadedIn(file: PythonFile, scope: SyntaxNode, name: string): string | null {
  const found = within(scope, 'AssignStatement').find(
    ({ firstChild, lastChild }) =>
      firstChild?.name === name && lastChild !== null && isCallOf(file, lastChild, 'load_settings'),
  );
  return found?.firstChild ? textOf(file, found.firstChild) : null;
}

function isWithinInit(file: PythonFile, place: PolicyList, body: SyntaxNode): boolean {
  const init = definition(file, body, 'FunctionDefinition', '__init__');
  return init !== null && place.list.from > init.from && place.list.to < init.to;
}

/** The first statement after the docstring. */
function firstStatement(body: SyntaxNode): SyntaxNode | null {
  const statements = children(body).filter(({ name }) => name !== ':' && name !== 'Comment');
  const [first, second] = statements;
  if (first?.name === 'ExpressionStatement' && first.firstChild?.name === 'String') return second ?? null;
  return first ?? null;
}

/** At the end of `__init__`, which is written if the class has none. */
function inInit(file: PythonFile, body: SyntaxNode, statement: string): Insertion | null {
  const init = definition(file, body, 'FunctionDefinition', '__init__');
  if (init !== null) {
    const last = init.getChild('Body')?.lastChild ?? null;
    if (last === null || isOnOneLine(file, init)) return null;
    return { at: last.to, text: `\n${indentOf(file, last.from)}${statement}` };
  }
  const method = children(body).find(({ name }) => /^(FunctionDefinition|DecoratedStatement)$/.test(name));
  if (method === undefined) return null;
  const indent = indentOf(file, method.from);
  const inner = `${indent}${indent.includes('\t') ? '\t' : '    '}`;
  const lines = [
    'def __init__(self) -> None:',
    `${inner}super().__init__()`,
    `${inner}# Here, so that a mistake in the settings stops the server, in plain words.`,
    `${inner}${statement}`,
  ];
  return { at: method.from, text: `${lines.join('\n')}\n\n${indent}` };
}

function isOnOneLine(file: PythonFile, node: SyntaxNode): boolean {
  return !textOf(file, node).includes('\n');
}
