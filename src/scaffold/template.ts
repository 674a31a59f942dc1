/// <reference path="./handlebars-parser.d.ts" />
import { parse } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import { isList, type Value, type View } from './values.ts';

/** Quotes values for the language that they land in; a template calls it by its name. */
export type Helpers = Readonly<Record<string, (...values: Value[]) => string>>;

/**
 * A template of Handlebars, filled in by walking through what its own parser makes of it. Handlebars would make a program of each template
 * first, which takes longer than all else of a scaffold and pays only where a template is filled in many times.
 *
 * Of the language there is what templates need: values through a helper, `if`, `each`, `else`, and `~`. Anything else is an error, and so
 * is a value that is missing.
 *
 * @throws Error for a mistake in the template
 */
export function fill(template: string, view: View, helpers: Helpers): string {
  return program(parsed(template), view, helpers);
}

const known = new Map<string, hbs.AST.Program>();

function parsed(template: string): hbs.AST.Program {
  const before = known.get(template);
  if (before !== undefined) return before;
  const tree = parse(template);
  known.set(template, tree);
  return tree;
}

function program({ body }: hbs.AST.Program, context: Value, helpers: Helpers): string {
  return body.map((statement) => filled(statement, context, helpers)).join('');
}

function filled(statement: hbs.AST.Statement, context: Value, helpers: Helpers): string {
  if (isContent(statement)) return statement.value;
  if (isMustache(statement)) return mustache(statement, context, helpers);
  if (isBlock(statement)) return block(statement, context, helpers);
  if (statement.type === 'CommentStatement') return '';
  throw new Error(`Templates here have no ${statement.type}`);
}

function mustache({ path, params }: hbs.AST.MustacheStatement, context: Value, helpers: Helpers): string {
  const name = nameOf(path);
  const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  if (helper === undefined) throw new Error(`A template shows ${name} without quoting it`);
  return helper(...params.map((param) => lookedUp(param, context, name)));
}

function block(
  { path, params: [subject], program: main, inverse }: hbs.AST.BlockStatement,
  context: Value,
  helpers: Helpers,
): string {
  const name = nameOf(path);
  if (subject === undefined) throw new Error(`A template gives ${name} nothing`);
  const value = lookedUp(subject, context, name);
  const otherwise = (): string => (inverse === undefined ? '' : program(inverse, context, helpers));
  // Nothing, nought and an empty list are no.
  const yes = Array.isArray(value) ? value.length > 0 : Boolean(value);
  if (!yes) return otherwise();
  if (name === 'if') return program(main, context, helpers);
  if (name === 'each' && Array.isArray(value))
    return value.map((item: Value) => program(main, item, helpers)).join('');
  throw new Error(`Templates here have no block ${name} of ${typeof value}`);
}

function lookedUp(expression: hbs.AST.Expression, context: Value, name: string): Value {
  if (isString(expression)) return expression.value;
  if (!isPath(expression) || expression.depth > 0 || expression.data)
    throw new Error(`Templates here have no ${expression.type} for ${name}`);
  let value: Value | undefined = context;
  for (const part of expression.parts) value = partOf(value, part);
  if (value === undefined)
    throw new Error(`A template gives ${name} a value that is missing: ${expression.original}`);
  return value;
}

function partOf(value: Value | undefined, name: string): Value | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function nameOf(path: hbs.AST.PathExpression | hbs.AST.Literal): string {
  return isPath(path) ? path.original : path.type;
}

function isContent(node: hbs.AST.Node): node is hbs.AST.ContentStatement {
  return node.type === 'ContentStatement';
}

function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

function isBlock(node: hbs.AST.Node): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement';
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isString(node: hbs.AST.Node): node is hbs.AST.StringLiteral {
  return node.type === 'StringLiteral';
}
