import { textAndPage } from '../replay/findings/finding.ts';
import type { Finding } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { hanging } from './hanging.ts';
import type { Page } from './page.ts';
import { fits, wrapped } from './text-width.ts';
import { placeText } from './words.ts';

/** `! warning slow: text`, and below it the place in the author's code and where to read more. */
export function findingLines(finding: Finding, page: Page, indent: number): string[] {
  const colour = finding.severity === 'error' ? page.ink.red : page.ink.yellow;
  const mark = finding.severity === 'error' ? '✗' : '!';
  const label = printable(`${mark} ${finding.severity} ${finding.code}:`);
  const said = textAndPage(finding);
  const body = ' '.repeat(indent + 2);
  const room = page.columns - body.length;
  const parts = [placeText(finding), said.page].filter((part) => part !== null).map(printable);
  const line = parts.join(' · ');
  const linked = parts.map((part, index) => (index === 0 ? page.link(part, finding.file) : part)).join(' · ');
  const below = fits(line, room) ? [linked] : parts.flatMap((part) => wrapped(part, room));
  return [
    ...hanging(label, said.text, page, { indent, body: indent + 2, colour }),
    ...(parts.length === 0 ? [] : below.map((each) => body + page.ink.dim(each))),
  ];
}
