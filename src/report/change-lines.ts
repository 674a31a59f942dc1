import { isDeepStrictEqual } from 'node:util';
import type { Change, ExpectedChange } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import type { Page } from './page.ts';
import { clipped, displayWidth, fits, padded, shortened, wrapped } from './text-width.ts';
import { nothing, type ValueText, valueText } from './values.ts';
import { placeText } from './words.ts';

/** A change as a report shows it; where the policy isn't known, none is named. */
export type ShownChange = ExpectedChange & Pick<Change, 'path'> & Partial<Pick<Change, 'policy'>>;

/** Lines that a long value, and items that a long list, may take. */
const maxLines = 4;
const maxItems = 20;

/** The changes, one below another with pointers and arrows aligned where there is room, and below them the policy that made them. */
export function changeLines(changes: readonly ShownChange[], page: Page, indent: number): string[] {
  const room = page.columns - indent;
  const rows = changes.map((change) => ({
    change,
    path: printable(change.path === '' ? '(the whole spec)' : change.path),
    value: valueText(change.path, change),
  }));
  const pathColumns = widest(
    rows.map(({ path }) => path),
    Math.floor(room / 2),
  );
  const fromColumns = widest(
    rows.map(({ value }) => (value.kind === 'value' ? (value.from ?? nothing) : '')),
    16,
  );
  const aligned = rows.map(({ path, value }) => {
    const { text, columns } = inlineText(value, fromColumns, page);
    if (!fits(path, pathColumns) || pathColumns + 2 + columns > room) return null;
    return `${padded(path, pathColumns)}  ${text}`;
  });
  // A few aligned lines among many that aren't would look like a mistake.
  const align = aligned.filter((line) => line !== null).length * 2 >= rows.length;
  const named = changes.some(({ policy }) => policy);
  const lines: string[] = [];
  for (const [index, { change, path, value }] of rows.entries()) {
    const line = aligned[index];
    if (align && line) lines.push(line);
    else
      lines.push(...pathLines(path, room), ...valueLines(value, page, room - 2).map((each) => `  ${each}`));
    const next = rows[index + 1]?.change;
    if (next !== undefined && isDeepStrictEqual(next.policy ?? null, change.policy ?? null)) continue;
    if (change.policy) lines.push(...policyLines(change.policy, page, room));
    // Else the name below the next changes would seem to stand for these as well.
    else if (named) lines.push(page.ink.dim('by a policy that is not known'));
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

/** A pointer on as many lines as it needs; a name in it may be of any length. */
export function pathLines(path: string, room: number): string[] {
  return wrapped(shortened(path, room * maxLines), room);
}

/** `by module.Class · file:line`, dimmed; the place on a line of its own where both don't fit on one. */
export function policyLines(policy: NonNullable<Change['policy']>, page: Page, room: number): string[] {
  const place = placeText(policy);
  const parts = [`by ${policy.name}`, ...(place === null ? [] : [place])].map(printable);
  const line = parts.join(' · ');
  if (fits(line, room)) {
    const [name = '', at] = parts;
    return [page.ink.dim(at === undefined ? name : `${name} · ${page.link(at, policy.file)}`)];
  }
  return parts.flatMap((part) => wrapped(part, room)).map((each) => page.ink.dim(each));
}

/** The width of the widest text within the limit, so that one long text doesn't push all others to the right. */
function widest(texts: readonly string[], limit: number): number {
  return texts.reduce((most, text) => (fits(text, limit) ? Math.max(most, displayWidth(text)) : most), 0);
}

/** A change's value on one line if it fits, else on as many as it needs. */
export function valueLines(value: ValueText, page: Page, room: number, rival: ValueText = value): string[] {
  const inline = inlineText(value, 0, page);
  return inline.columns <= room ? [inline.text] : stackedLines(value, page, room, rival);
}

const tooWide = { text: '', columns: Number.POSITIVE_INFINITY };

function inlineText(value: ValueText, fromColumns: number, page: Page): { text: string; columns: number } {
  const { ink } = page;
  const noteText = value.note === null ? '' : `(${value.note})`;
  if (value.kind === 'value') {
    const note = noteText && ` ${noteText}`;
    if (!fits(value.from ?? '', page.columns) || !fits(value.to ?? '', page.columns)) return tooWide;
    const from = padded(value.from ?? nothing, fromColumns);
    const to = value.to ?? nothing;
    return {
      text: `${value.from === null ? ink.dim(from) : ink.red(from)} → ${value.to === null ? ink.dim(to) : ink.green(to)}${ink.dim(note)}`,
      columns: displayWidth(from) + 3 + displayWidth(to) + displayWidth(note),
    };
  }
  const gone = value.gone.map((item) => `- ${item}`);
  const come = value.come.map((item) => `+ ${item}`);
  // Whoever shows more than this on one line has no reader; it also keeps a list of thousands from being measured.
  const note = noteText && `  ${noteText}`;
  if (gone.length + come.length > maxItems || !fits([...gone, ...come].join('  '), page.columns))
    return tooWide;
  return {
    text:
      [...gone.map((item) => ink.red(item)), ...come.map((item) => ink.green(item))].join('  ') +
      ink.dim(note),
    columns: displayWidth([...gone, ...come].join('  ')) + displayWidth(note),
  };
}

function stackedLines(value: ValueText, page: Page, room: number, rival: ValueText): string[] {
  const { ink } = page;
  const note = value.note === null ? [] : [ink.dim(`(${value.note})`)];
  if (value.kind === 'items') {
    return [
      ...itemLines('-', value.gone, value.come, room, ink.red, ink),
      ...itemLines('+', value.come, value.gone, room, ink.green, ink),
      ...note,
    ];
  }
  const was = value.from === null ? [] : marked('-', folded(value.from, value.to, room - 2), ink.red);
  const otherTo = rival.kind === 'value' && rival.to !== value.to ? rival.to : value.from;
  const is = value.to === null ? [] : marked('+', folded(value.to, otherTo, room - 2), ink.green);
  return [...was, ...is, ...note];
}

/** One line an item; where as many went as came, long ones are cut so that what differs between the two stays visible. */
function itemLines(
  mark: string,
  items: readonly string[],
  others: readonly string[],
  room: number,
  colour: (text: string) => string,
  ink: Page['ink'],
): string[] {
  const shown = items.length > maxItems ? items.slice(0, maxItems - 1) : items;
  const lines = shown.map((item, index) => {
    const other = items.length === others.length ? others[index] : undefined;
    return colour(`${mark} ${shortened(item, room - 2, firstDifference(item, other ?? ''))}`);
  });
  const left = items.length - shown.length;
  return left === 0
    ? lines
    : [...lines, ink.dim(clipped(`${mark} … ${left.toLocaleString('en')} more`, room))];
}

function marked(mark: string, lines: readonly string[], colour: (text: string) => string): string[] {
  return lines.map((line, index) => colour(`${index === 0 ? mark : ' '} ${line}`));
}

/** The text on a few lines, cut in the middle where it needs more, with what differs from the other text still there. */
function folded(text: string, other: string | null, room: number): string[] {
  const focus = firstDifference(text, other ?? '');
  // Words leave gaps at the ends of lines, so that what fits by its width may still need a line more.
  for (let columns = room * maxLines; ; columns = Math.floor(columns * 0.85)) {
    const lines = wrapped(shortened(text, columns, focus), room);
    if (lines.length <= maxLines) return lines;
  }
}

function firstDifference(text: string, other: string): number {
  let index = 0;
  while (index < text.length && text[index] === other[index]) index++;
  return index === text.length ? 0 : index;
}
