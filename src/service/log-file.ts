import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { printableLines } from '../terminal/printable.ts';

/** Of a longer range, half of this many bytes from its beginning and half from its end are read. */
const mostBytes = 65_536;

/** What a service writes to its standard output and standard error, in the order in which it came. */
export class LogFile {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  /** Makes the file, which must not be there, readable by this user alone. */
  constructor(path: string) {
    this.path = path;
    // Appending: both streams share the descriptor, and neither writes over the other.
    this.#descriptor = openSync(path, 'ax+', 0o600);
  }

  /** For the service's standard output and standard error. */
  get descriptor(): number {
    return this.#descriptor;
  }

  get size(): number {
    return this.#closed ? 0 : fstatSync(this.#descriptor).size;
  }

  /**
   * The lines between two offsets in bytes, safe to print and without colours; what isn't UTF-8 becomes U+FFFD. A last line without a line
   * feed counts; a middle that is too much is left out, which a line of its own says. Nothing once the file is closed.
   */
  lines(from: number, to: number): string[] {
    const start = Math.max(0, from);
    const end = Math.min(to, this.size);
    if (end <= start) return [];
    if (end - start <= mostBytes) return linesOf(this.#read(start, end));
    const half = mostBytes / 2;
    return [
      ...linesOf(this.#read(start, start + half)),
      `… ${end - start - mostBytes} bytes of output left out …`,
      ...linesOf(this.#read(end - half, end)),
    ];
  }

  /** The last lines that there are. */
  lastLines(count: number): string[] {
    const size = this.size;
    const start = Math.max(0, size - mostBytes);
    return this.lines(start, size).slice(-count);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  #read(from: number, to: number): string {
    const bytes = Buffer.alloc(to - from);
    const length = readSync(this.#descriptor, bytes, 0, bytes.length, from);
    return bytes.toString('utf8', 0, length);
  }
}

function linesOf(text: string): string[] {
  const lines = printableLines(stripVTControlCharacters(text)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
