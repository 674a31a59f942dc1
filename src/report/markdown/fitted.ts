/** A part of a document whose rows may be left out from some row on. */
export interface Part {
  readonly head: string;
  /** Asked for one after another, and no more of them than there is room for. */
  readonly rows: readonly (() => string)[];
  /** What closes it. */
  readonly tail: string;
  /** What its rows are, for the sentence that says how many are left out: `replay`. */
  readonly noun: readonly [one: string, many: string];
}

/** Room for the sentence that says what is left out. */
const reserve = 200;

/**
 * Parts one after another, within so many bytes of UTF-8. Where they need more, the last rows of a part go, and a sentence says how many.
 *
 * @param limit infinity: all of them
 */
export function fitted(parts: readonly Part[], limit: number): string {
  let left = limit;
  const texts: string[] = [];
  for (const { head, rows, tail, noun } of parts) {
    const frame = bytes(head) + bytes(tail) + reserve;
    const shown: string[] = [];
    let room = left - frame;
    for (const rowText of rows) {
      const row = rowText();
      const size = bytes(row) + 1;
      if (size > room) break;
      shown.push(row);
      room -= size;
    }
    const gone = rows.length - shown.length;
    const text =
      shown.length === 0 && rows.length > 0
        ? `${leftOut(gone, noun)}\n`
        : `${[head, ...shown].filter((each) => each !== '').join('\n')}\n${tail}${gone === 0 ? '' : `\n${leftOut(gone, noun)}\n`}`;
    // What doesn't even have room for that sentence was too small to hold anything.
    if (bytes(text) + 1 > left) break;
    texts.push(text);
    left -= bytes(text) + 1;
  }
  return texts.join('\n');
}

function leftOut(count: number, [one, many]: Part['noun']): string {
  return `… ${count.toLocaleString('en')} more ${count === 1 ? one : many} left out here, for want of room.`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
