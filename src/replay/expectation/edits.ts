import { columnOf, commentsIn, lineEnd, lineStart, nextLine, type Range } from './layout.ts';

/** Text that takes the place of a part of another. */
interface Edit extends Range {
  readonly text: string;
}

/**
 * Edits of a YAML text that leave every byte alone that they don't name, and lose no comment: those in a part that is replaced or removed
 * stay as lines of their own, above what took its place.
 */
export class Edits {
  readonly #text: string;
  readonly #comments: readonly Range[];
  readonly #edits: Edit[] = [];

  /** @param text ends with a line end */
  constructor(text: string) {
    this.#text = text;
    this.#comments = commentsIn(text);
  }

  /** Puts one or more whole lines below the line of an offset. */
  insertBelow(offset: number, lines: string): void {
    const start = nextLine(this.#text, offset);
    this.#edits.push({ start, end: start, text: `${lines}\n` });
  }

  /** Replaces a part that begins within a line, such as the value of a pair. */
  replace(range: Range, text: string): void {
    // Behind a block a comment would become part of it.
    const end = text.includes('\n') ? lineEnd(this.#text, range.end) : range.end;
    this.#saveComments({ start: range.start, end });
    this.#edits.push({ start: range.start, end, text });
  }

  /** Removes the lines that a part stands on. */
  removeLines(range: Range): void {
    const whole = { start: lineStart(this.#text, range.start), end: nextLine(this.#text, range.end) };
    this.#saveComments(whole, columnOf(this.#text, range.start));
    this.#edits.push({ ...whole, text: '' });
  }

  /** The text with all edits made, in its own line ends. */
  apply(): string {
    let result = '';
    let position = 0;
    // Stable: edits at one place stay in the order in which they were asked for.
    for (const { start, end, text } of this.#edits.toSorted((a, b) => a.start - b.start)) {
      result += this.#text.slice(position, start) + inLineEndsOf(this.#text, text);
      position = Math.max(position, end);
    }
    return result + this.#text.slice(position);
  }

  #saveComments(range: Range, column?: number): void {
    const inside = this.#comments.filter(({ start }) => start >= range.start && start < range.end);
    if (inside.length === 0) return;
    const start = lineStart(this.#text, range.start);
    const first = this.#text.slice(start).search(/[^\ufeff ]/);
    const pad = ' '.repeat(column ?? columnOf(this.#text, start + Math.max(first, 0)));
    const lines = inside.map((comment) => `${pad}${this.#text.slice(comment.start, comment.end)}\n`);
    this.#edits.push({ start, end: start, text: lines.join('') });
  }
}

/** A text with the line ends of another one: CRLF where that has any. */
export function inLineEndsOf(other: string, text: string): string {
  return other.includes('\r\n') ? text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n') : text;
}
