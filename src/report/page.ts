import { type Colours, colours } from '../terminal/colour.ts';
import { type Link, linkFor } from './hyperlink.ts';
import type { Display } from './report.ts';

/** What text is laid out on: so many columns, in these colours. */
export interface Page {
  readonly columns: number;
  readonly ink: Colours;
  /** Turns the name of a file into a link, where that can be followed. */
  readonly link: Link;
}

/** Below 40 columns nothing is readable, and beyond 200 the eye loses the line. */
export function pageOf(display: Display): Page {
  return {
    columns: Math.max(40, Math.min(200, display.columns)),
    ink: colours(display.colour),
    link: linkFor(display),
  };
}

/** Sentences are no wider than this, however wide the page. */
export const proseColumns = 100;
