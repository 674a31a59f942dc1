import type { Part } from './fitted.ts';

/** A table under a title; null where it would have no row. The cells are Markdown already. */
export function table(
  title: string,
  heads: readonly string[],
  rows: readonly (() => readonly string[])[],
  noun: Part['noun'],
): Part | null {
  if (rows.length === 0) return null;
  return {
    head: [title, '', line(heads), line(heads.map(() => '---'))].join('\n'),
    rows: rows.map((cells) => () => line(cells())),
    tail: '',
    noun,
  };
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
