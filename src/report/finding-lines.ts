import type { Finding } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { hanging } from './hanging.ts';
import type { Page } from './page.ts';
import { wrapped } from './text-width.ts';
import { placeText } from './words.ts';

/** `! warning slow: text`, and below it the place in the author's code. */
export function findingLines(finding: Finding, page: Page, indent: number): string[] {
  const colour = finding.severity === 'error' ? page.ink.red : page.ink.yellow;
  const mark = finding.severity === 'error' ? '✗' : '!';
  const label = printable(`${mark} ${finding.severity} ${finding.code}:`);
  const place = placeText(finding);
  const body = ' '.repeat(indent + 2);
  return [
    ...hanging(label, finding.text, page, { indent, body: indent + 2, colour }),
    ...(place === null
      ? []
      : wrapped(printable(place), page.columns - body.length).map((line) => body + page.ink.dim(line))),
  ];
}
