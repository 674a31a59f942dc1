import { printableLines } from '../terminal/printable.ts';
import { type Page, proseColumns } from './page.ts';
import { displayWidth, wrapped } from './text-width.ts';
import { counted } from './words.ts';

/** No message says more to a person than fits on some hundred lines. */
const maxLines = 200;
const maxLength = 20_000;

interface Layout {
  /** The column where the label begins. */
  readonly indent: number;
  /** The column where further lines begin, and the text itself where the label ends before it. */
  readonly body: number;
  readonly colour: (text: string) => string;
  /** How the text itself is coloured. */
  readonly textColour?: (text: string) => string;
}

/** A label, and text from outside beside it that is wrapped and keeps its own line ends; only a flood of it is cut. */
export function hanging(label: string, text: string, page: Page, layout: Layout): string[] {
  const width = Math.min(page.columns, layout.body + proseColumns);
  const start = label === '' ? layout.body : Math.max(layout.indent + displayWidth(label) + 1, layout.body);
  const [line = '', ...rest] = printableLines(text.slice(0, maxLength).trimEnd()).split('\n');
  const [head = '', ...tail] = wrapped(line, width - layout.body, width - start);
  const lines = [...tail, ...rest.flatMap((each) => wrapped(each, width - layout.body))];
  const cut = text.length > maxLength || lines.length > maxLines;
  const colour = layout.textColour ?? ((line: string) => line);
  const gap = ' '.repeat(start - layout.indent - displayWidth(label));
  return [
    `${' '.repeat(layout.indent)}${layout.colour(label)}${gap}${colour(head)}`.trimEnd(),
    ...lines.slice(0, maxLines).map((each) => (each === '' ? '' : ' '.repeat(layout.body) + colour(each))),
    ...(cut ? [`${' '.repeat(layout.body)}… cut here: ${counted(text.length, 'character')} in all`] : []),
  ];
}
