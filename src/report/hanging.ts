import { printableLines } from '../terminal/printable.ts';
import { type Page, proseColumns } from './page.ts';
import { displayWidth, wrapped } from './text-width.ts';

/** No message says more to a person than fits on a hundred lines. */
const maxLines = 100;

interface Layout {
  /** The column where the label begins. */
  readonly indent: number;
  /** The column where further lines begin, and the text itself where the label ends before it. */
  readonly body: number;
  readonly colour: (text: string) => string;
  /** How the text itself is coloured. */
  readonly textColour?: (text: string) => string;
}

/** A label, and text from outside beside it that is wrapped and keeps its own line ends; nothing of it is cut. */
export function hanging(label: string, text: string, page: Page, layout: Layout): string[] {
  const width = Math.min(page.columns, layout.body + proseColumns);
  const start = label === '' ? layout.body : Math.max(layout.indent + displayWidth(label) + 1, layout.body);
  const [line = '', ...rest] = printableLines(text.trimEnd()).split('\n');
  const [head = '', ...tail] = wrapped(line, width - layout.body, width - start);
  const lines = [...tail, ...rest.flatMap((each) => wrapped(each, width - layout.body))];
  const shown = lines.length > maxLines ? lines.slice(0, maxLines) : lines;
  const left = lines.length - shown.length;
  const colour = layout.textColour ?? ((line: string) => line);
  const gap = ' '.repeat(start - layout.indent - displayWidth(label));
  return [
    `${' '.repeat(layout.indent)}${layout.colour(label)}${gap}${colour(head)}`.trimEnd(),
    ...shown.map((line) => (line === '' ? '' : ' '.repeat(layout.body) + colour(line))),
    ...(left === 0 ? [] : [`${' '.repeat(layout.body)}… ${left.toLocaleString('en')} more lines`]),
  ];
}
