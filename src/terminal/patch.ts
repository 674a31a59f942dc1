import type { Colours } from './colour.ts';
import { printableLines } from './printable.ts';

/** A unified patch as a terminal shows it: nothing in it acts on the terminal, and what goes and comes has its colour beside its sign. */
export function patchText(patch: string, colours: Colours): string {
  return printableLines(patch)
    .split('\n')
    .map((line) => {
      if (/^(?:diff |--- |\+\+\+ )/.test(line)) return colours.bold(line);
      if (line.startsWith('@@')) return colours.cyan(line);
      if (line.startsWith('+')) return colours.green(line);
      return line.startsWith('-') ? colours.red(line) : line;
    })
    .join('\n');
}
