const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Scripts and symbols that take two columns of a terminal (East Asian Wide and Fullwidth), and emoji that are drawn as pictures. */
const wide =
  /^(?:[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\P{ASCII}\uFE0F)/u;
const noRoom = /^\p{M}/u;

function columnsOf(grapheme: string): number {
  return wide.test(grapheme) ? 2 : noRoom.test(grapheme) ? 0 : 1;
}

/** One column for each UTF-16 unit: ASCII, Latin, and the punctuation and arrows that reports are written with. */
const narrow = /^[\x20-\x7E\xA1-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2713]*$/;

/** How many columns of a terminal a printable text takes. */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(segment);
  return columns;
}

/** No character worth showing has more UTF-16 units a column; what lies beyond isn't looked at, so that a line costs no megabyte. */
const unitsPerColumn = 8;

/** The width of a text, or infinity where it can't fit into `columns` and measuring it would be a waste. */
function widthWithin(text: string, columns: number): number {
  return text.length > columns * unitsPerColumn ? Number.POSITIVE_INFINITY : displayWidth(text);
}

/** Whether a printable text of any length fits into so many columns. */
export function fits(text: string, columns: number): boolean {
  return widthWithin(text, columns) <= columns;
}

/** The text with spaces up to `columns`. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** The longest beginning of the text that fits. */
function beginning(text: string, columns: number): string {
  const start = text.slice(0, columns * unitsPerColumn).replace(/[\uD800-\uDBFF]$/, '');
  let used = 0;
  let length = 0;
  for (const { segment } of graphemes.segment(start)) {
    used += columnsOf(segment);
    if (used > columns) break;
    length += segment.length;
  }
  return start.slice(0, length);
}

/** The longest end of the text that fits. */
function ending(text: string, columns: number): string {
  if (columns <= 0) return '';
  const end = text.slice(-columns * unitsPerColumn).replace(/^[\uDC00-\uDFFF]/, '');
  let used = 0;
  let length = 0;
  for (const { segment } of [...graphemes.segment(end)].reverse()) {
    used += columnsOf(segment);
    if (used > columns) break;
    length += segment.length;
  }
  return end.slice(end.length - length);
}

/** The text cut at its end with `…` where it is too wide. */
export function clipped(text: string, columns: number): string {
  if (fits(text, columns)) return text;
  return `${beginning(text, Math.max(0, columns - 1)).trimEnd()}…`;
}

/**
 * The text cut in its middle with `…` where it is too wide.
 *
 * @param focus an index into the text that has to stay visible, such as where it begins to differ from another
 */
export function shortened(text: string, columns: number, focus = 0): string {
  if (fits(text, columns)) return text;
  const tail = Math.floor((columns - 1) / 2);
  const head = columns - 1 - tail;
  // A quarter of the room is left for what follows the focus, so that it isn't the last thing before the cut.
  const nearStart = focus <= head - Math.ceil(columns / 4);
  const nearEnd = focus >= text.length - tail;
  if (nearStart || nearEnd) return `${beginning(text, head)}…${ending(text, tail)}`;
  const start = focus - Math.floor(columns / 4);
  const rest = text.slice(start).replace(/^[\uDC00-\uDFFF]/, '');
  return `…${clipped(rest, columns - 1)}`;
}

/**
 * Breaks a printable text into lines: at spaces, else after a `/`, else anywhere. Spaces at its beginning stay.
 *
 * @param first the columns left on the first line, where something stands before it
 * @returns at least one line, none wider than `columns`
 */
export function wrapped(text: string, columns: number, first = columns): string[] {
  if (fits(text, Math.min(columns, first))) return [text.trimEnd()];
  const lines: string[] = [];
  let line = '';
  let room = first;
  const breakLine = () => {
    lines.push(line.trimEnd());
    line = '';
    room = columns;
  };
  for (const token of text.match(/ +|[^ /]*\/|[^ /]+/g) ?? []) {
    const blank = token.startsWith(' ');
    if (blank && line === '' && lines.length > 0) continue;
    let rest = token;
    let needed = widthWithin(rest, columns);
    if (needed > room && (line.trim() !== '' || room < columns)) breakLine();
    if (blank && lines.length > 0 && line === '') continue;
    while (needed > room) {
      const piece = beginning(rest, room) || rest.slice(0, 1);
      line += piece;
      breakLine();
      rest = rest.slice(piece.length);
      needed = widthWithin(rest, columns);
    }
    line += rest;
    room -= needed;
  }
  if (line !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}
