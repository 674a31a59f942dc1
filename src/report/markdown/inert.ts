import { printable } from '../../terminal/printable.ts';

/**
 * Text from outside as a code span, inside of which Markdown, HTML and mentions mean nothing. It may stand in a cell of a table.
 */
export function code(text: string): string {
  const shown = printable(text);
  if (shown === '') return '(empty)';
  // In a table a `|` ends the cell, even in code, unless a backslash stands before it; a backslash that was there before it goes outside.
  return shown
    .split(/(\\+(?=\|))/)
    .map((part, index) => (index % 2 === 1 ? '&#92;'.repeat(part.length) : span(part)))
    .join('');
}

function span(text: string): string {
  if (text === '') return '';
  const fence = '`'.repeat(longestRun(text) + 1);
  const pad = /^`|`$|^ .* $/.test(text) ? ' ' : '';
  return `${fence}${pad}${text.replaceAll('|', '\\|')}${pad}${fence}`;
}

/** A sentence with words from outside in it: it reads as it is, and nothing in it is Markdown, HTML, a link or a mention. */
export function prose(text: string): string {
  return printable(text.trim().replace(/\s*\r?\n\s*/g, ' '))
    .replace(/[\\`*_{}[\]()#+!~$^=-]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '&#124;')
    .replace(/@|:(?=\/\/)|www(?=\.)/gi, '$&<!-- -->');
}

/** Lines that are safe to print, in a block that ends nowhere but at its end. */
export function fenced(lines: readonly string[]): string {
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return `${fence}text\n${lines.join('\n')}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
