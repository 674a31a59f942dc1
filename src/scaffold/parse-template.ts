/// <reference path="./handlebars-parser.d.ts" />
import { parse } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import type { Block, Expression, Template } from './template.ts';

/**
 * Parses a template of Handlebars with its own parser. Of the language there is what templates need: values through a helper, `if`, `each`,
 * `else`, and `~`.
 *
 * @throws Error for a mistake in the template, and for anything else of the language
 */
export function parseTemplate(text: string): Template {
  return program(parse(text));
}

function program({ body }: hbs.AST.Program): Template {
  return body.flatMap(part);
}

function part(statement: hbs.AST.Statement): Template {
  if (isContent(statement)) return statement.value === '' ? [] : [statement.value];
  if (isMustache(statement)) return [mustache(statement)];
  if (isBlock(statement)) return [block(statement)];
  if (statement.type === 'CommentStatement') return [];
  throw new Error(`Templates here have no ${statement.type}`);
}

function mustache({ path, params }: hbs.AST.MustacheStatement): Template[number] {
  const show = nameOf(path);
  return { show, values: params.map((param) => expression(param, show)) };
}

function block({ path, params: [subject], program: main, inverse }: hbs.AST.BlockStatement): Block {
  const name = nameOf(path);
  if (name !== 'if' && name !== 'each') throw new Error(`Templates here have no block ${name}`);
  if (subject === undefined) throw new Error(`A template gives ${name} nothing`);
  const otherwise = inverse === undefined ? [] : program(inverse);
  return { block: name, value: expression(subject, name), main: program(main), otherwise };
}

function expression(node: hbs.AST.Expression, whatFor: string): Expression {
  if (isString(node)) return node.value;
  if (!isPath(node) || node.depth > 0 || node.data)
    throw new Error(`Templates here have no ${node.type} for ${whatFor}`);
  return node.parts;
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
