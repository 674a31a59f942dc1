import type { Failure } from '../failure.ts';
import type { Colours } from './colour.ts';
import { printable, printableLines } from './printable.ts';

/**
 * The one form in which a failure is shown:
 *
 *     error: what is wrong
 *       at file:line
 *       more lines
 *       → what to do next
 *
 * @param severity a warning is a failure that nothing ends with
 * @returns text that ends with a line feed and is safe to print
 */
export function failureText(
  failure: Failure,
  colours: Colours,
  severity: 'error' | 'warning' = 'error',
): string {
  const paint = severity === 'error' ? colours.red : colours.yellow;
  const lines = [`${paint(colours.bold(`${severity}:`))} ${printable(failure.message)}`];
  if (failure.place !== undefined) {
    const line = failure.place.line === undefined ? '' : `:${failure.place.line}`;
    lines.push(`  at ${colours.cyan(printable(failure.place.file) + line)}`);
  }
  if (failure.details !== undefined)
    lines.push(...indented(failure.details).map((line) => colours.dim(line)));
  if (failure.hint !== undefined) {
    const [first = '', ...rest] = printableLines(failure.hint).split('\n');
    lines.push(`  → ${first}`, ...rest.map((line) => `    ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

/** What is shown for an error that isn't the user's: a bug, with all that a report of it needs. */
export function bugText(error: unknown, versions: { readonly tool: string; readonly node: string }): string {
  const stack = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  const cause =
    error instanceof Error && error.cause !== undefined ? `\ncaused by: ${causeText(error.cause)}` : '';
  return [
    'error: This is a bug in create-dstack-plugin.',
    ...indented(stack + cause),
    `  create-dstack-plugin ${versions.tool}, node ${versions.node}, ${process.platform}-${process.arch}`,
    '  → Please report it: npm bugs create-dstack-plugin',
    '',
  ].join('\n');
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
}

function indented(text: string): string[] {
  return printableLines(text.trimEnd())
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`));
}
