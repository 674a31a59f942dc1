import { children, definition, type PythonFile, type SyntaxNode, textOf, within } from './syntax.ts';

/** Whose policies: a method of a class, or a function of the module. */
export interface ListOwner {
  readonly className: string | null;
  readonly function: string;
}

/** Where a file lists its policies. */
export interface PolicyList {
  readonly list: SyntaxNode;
  /** The body that the list stands in: the names there can be used in it. */
  readonly scope: SyntaxNode;
  readonly ownerClass: SyntaxNode | null;
}

/** Nothing of another function or class says anything about this one. */
const scopes: readonly string[] = ['FunctionDefinition', 'ClassDefinition', 'LambdaExpression'];

/**
 * The one list that the owner returns: written where it returns it, or assigned once to what it returns.
 *
 * @returns null where it returns anything else: several things, a computed list, one that is changed later
 */
export function policyList(file: PythonFile, owner: ListOwner): PolicyList | null {
  const ownerClass =
    owner.className === null ? null : definition(file, file.root, 'ClassDefinition', owner.className);
  if (owner.className !== null && ownerClass === null) return null;
  const around = ownerClass === null ? file.root : ownerClass.getChild('Body');
  if (around === null) return null;
  const scope = definition(file, around, 'FunctionDefinition', owner.function)?.getChild('Body') ?? null;
  if (scope === null) return null;
  const [returned, second] = within(scope, 'ReturnStatement', scopes);
  if (returned === undefined || second !== undefined) return null;
  const value = children(returned).filter(({ name }) => name !== 'return' && name !== 'Comment')[0];
  if (value === undefined) return null;
  if (value.name === 'ArrayExpression') return { list: value, scope, ownerClass };
  if (value.name === 'MemberExpression') return assignedTo(file, value, around, ownerClass);
  if (value.name !== 'VariableName') return null;
  return (
    assignedTo(file, value, scope, ownerClass) ??
    (isNamedIn(file, value, scope, returned) ? null : assignedTo(file, value, file.root, ownerClass))
  );
}

function isNamedIn(file: PythonFile, value: SyntaxNode, scope: SyntaxNode, but: SyntaxNode): boolean {
  return within(scope, 'VariableName').some(
    (node) => textOf(file, node) === textOf(file, value) && !(node.from >= but.from && node.to <= but.to),
  );
}

/** Named twice and no more: where it gets the list, and where it is returned. Anything else may change what is in it. */
function assignedTo(
  file: PythonFile,
  name: SyntaxNode,
  around: SyntaxNode,
  ownerClass: SyntaxNode | null,
): PolicyList | null {
  const text = textOf(file, name);
  const mentions = within(around, name.name).filter((node) => textOf(file, node) === text);
  const assignments = within(around, 'AssignStatement').filter(({ firstChild }) =>
    mentions.some((node) => node.from === firstChild?.from && node.to === firstChild.to),
  );
  const [assignment] = assignments;
  const list = assignment?.lastChild ?? null;
  if (assignment === undefined || assignments.length > 1 || mentions.length > 2) return null;
  if (list?.name !== 'ArrayExpression') return null;
  return { list, scope: assignment.parent ?? around, ownerClass };
}
