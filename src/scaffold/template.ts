import { isList, type Value } from './values.ts';

/** Quotes values for the language that they land in; a template calls it by its name. */
export type Helpers = Readonly<Record<string, (...values: Value[]) => string>>;

/** A template as it was parsed: plain data, which the build writes into the package. A text stands for itself. */
export type Template = readonly (string | Shown | Block)[];

/** Values, through a helper. */
interface Shown {
  readonly show: string;
  readonly values: readonly Expression[];
}

/** What is filled in if a value is there, or for each value of a list; else the other. */
export interface Block {
  readonly block: 'if' | 'each';
  readonly value: Expression;
  readonly main: Template;
  readonly otherwise: Template;
}

/** A text, or the names that lead from the view to a value. */
export type Expression = string | readonly string[];

/**
 * Fills a template in.
 *
 * @throws Error where a value or a helper is missing, or a value isn't one for its block
 */
export function fill(template: Template, context: Value, helpers: Helpers): string {
  let filled = '';
  for (const part of template) {
    if (typeof part === 'string') filled += part;
    else if ('show' in part) filled += shown(part, context, helpers);
    else filled += blockOf(part, context, helpers);
  }
  return filled;
}

function shown({ show, values }: Shown, context: Value, helpers: Helpers): string {
  const helper = Object.hasOwn(helpers, show) ? helpers[show] : undefined;
  if (helper === undefined) throw new Error(`A template shows ${show} without quoting it`);
  return helper(...values.map((value) => lookedUp(value, context, show)));
}

function blockOf({ block, value, main, otherwise }: Block, context: Value, helpers: Helpers): string {
  const found = lookedUp(value, context, block);
  // Nothing, nought and an empty list are no.
  const yes = Array.isArray(found) ? found.length > 0 : Boolean(found);
  if (!yes) return fill(otherwise, context, helpers);
  if (block === 'if') return fill(main, context, helpers);
  if (!Array.isArray(found)) throw new Error(`Templates here have no block each of ${typeof found}`);
  return found.map((item: Value) => fill(main, item, helpers)).join('');
}

function lookedUp(expression: Expression, context: Value, whatFor: string): Value {
  if (typeof expression === 'string') return expression;
  let value: Value | undefined = context;
  for (const name of expression) value = partOf(value, name);
  if (value === undefined)
    throw new Error(`A template gives ${whatFor} a value that is missing: ${expression.join('.')}`);
  return value;
}

function partOf(value: Value | undefined, name: string): Value | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
