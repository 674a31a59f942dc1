import { isSeq } from 'yaml';
import { Edits } from './edits.ts';
import type { ExpectationEntry } from './expectation.ts';
import { contentEnd } from './layout.ts';
import { expectationIn } from './read.ts';
import { notEditable, readBack } from './safeguard.ts';
import { parseSource } from './source.ts';

/**
 * The text of an expectation file without some of its entries; comments stay.
 *
 * @throws a Failure (exit code 2) where the file is written in a way that can't be edited safely
 */
export function withoutEntries(
  path: string,
  written: string,
  goes: (entry: ExpectationEntry) => boolean,
): string {
  const text = written.endsWith('\n') ? written : `${written}\n`;
  const source = parseSource(path, text);
  const { entries } = expectationIn(source);
  const root = source.document.contents;
  const edits = new Edits(text);
  for (const [index, entry] of entries.entries()) {
    if (!goes(entry)) continue;
    const node = isSeq(root) && root.flow !== true ? root.items[index] : null;
    const start = node?.range?.[0];
    if (node == null || start === undefined) throw notEditable(path, 'its layout');
    // The dash may stand on a line of its own above.
    edits.removeLines({ start: text.lastIndexOf('-', start - 1), end: contentEnd(text, node) });
  }
  const result = edits.apply();
  const left = entries.filter((entry) => !goes(entry));
  if (contentsOf(readBack(path, result).entries) !== contentsOf(left))
    throw notEditable(path, 'its other entries');
  return result;
}

function contentsOf(entries: readonly ExpectationEntry[]): string {
  return JSON.stringify(entries.map(({ contexts, dstack, rule }) => ({ contexts, dstack, rule })));
}
