import { type Document, isMap, isSeq } from 'yaml';
import { formatContext, sameContext } from '../context.ts';
import type { Context } from '../model.ts';
import { amendContexts, amendEntry } from './amend.ts';
import { Edits, inLineEndsOf } from './edits.ts';
import {
  type ExpectationEntry,
  type ExpectationFile,
  entryFor,
  ruleFor,
  type VersionCheck,
} from './expectation.ts';
import { entryText, grouped, newEntries, type Result, recordedOf } from './grouping.ts';
import { blockPairs, columnOf, contentEnd, lineEnd, nextLine } from './layout.ts';
import { isRecordable, verdictOf } from './match.ts';
import { expectationIn } from './read.ts';
import { notEditable, verifyUpdate } from './safeguard.ts';
import { parseSource, type Source } from './source.ts';

export type { Result } from './grouping.ts';

/**
 * Records in an expectation file what is new or differs, and nothing else. What still holds, people's comments and grouping, key order, quotes
 * and line ends stay byte by byte; a context is taken out of its entry only where its result isn't that of the others. Results that can't be
 * recorded change nothing.
 *
 * @param path as a person should read it
 * @param existing the file's text; null where there is none
 * @returns the new text; null where nothing has to be written
 * @throws a {@link Failure} (exit code 2) where the file can't be read, or where it is written in a way that can't be edited safely
 */
export function updateExpectation(
  path: string,
  existing: string | null,
  results: readonly Result[],
  holds?: VersionCheck,
): string | null {
  const recorded = results.filter(({ actual }) => isRecordable(actual.outcome));
  if (existing === null) return recorded.length === 0 ? null : newEntries(recorded, 0);
  const source = parseSource(path, withLineEnd(existing));
  const file = expectationIn(source);
  const due = recorded.filter(
    ({ context, actual }) => verdictOf(actual, ruleFor(file, context, holds)) !== 'passed',
  );
  if (due.length === 0) return null;
  const updated = edited(source, file, due, holds);
  verifyUpdate(source, file, updated, due, holds);
  return updated;
}

function edited(
  source: Source,
  file: ExpectationFile,
  due: readonly Result[],
  holds: VersionCheck | undefined,
  inBlocks = false,
): string {
  const { text, document } = source;
  const root = document.contents;
  if (!isSeq(root) || root.items.length === 0) return withFirstEntries(text, root?.range?.[0], due);
  const byEntry = new Map<ExpectationEntry | null, Result[]>();
  for (const result of due) {
    const entry = entryFor(file, result.context, holds);
    byEntry.set(entry, [...(byEntry.get(entry) ?? []), result]);
  }
  if (!canBeEdited(source, file, byEntry)) {
    if (inBlocks) throw notEditable(source.path, 'its layout');
    return editedAsBlocks(source, due, holds);
  }

  const edits = new Edits(text);
  const dash = columnOf(text, root.range?.[0] ?? 0);
  for (const [index, entry] of file.entries.entries()) {
    const results = byEntry.get(entry);
    if (results !== undefined) editEntry(text, root.items[index], entry, results, dash, edits);
  }
  const last = blockPairs(text, root.items.at(-1))?.at(-1);
  const end = endOfEntry(text, last?.range.end ?? contentEnd(text, root), dash);
  for (const group of grouped(byEntry.get(null) ?? [])) {
    edits.insertBelow(end, entryText(group, { dstack: null }, dash));
  }
  return edits.apply();
}

/** Contexts whose results don't change keep the entry; where all change, the first of them does. The others get entries of their own below. */
function editEntry(
  text: string,
  node: unknown,
  entry: ExpectationEntry,
  results: readonly Result[],
  dash: number,
  edits: Edits,
): void {
  const pairs = blockPairs(text, node) ?? [];
  const resultIn = (context: Context): Result | undefined =>
    results.find((result) => sameContext(result.context, context));
  const groups = [...grouped(entry.contexts.flatMap((context) => resultIn(context) ?? []))];
  let remaining = entry.contexts.filter((context) => resultIn(context) === undefined);
  const head = remaining.length === 0 ? groups.shift() : undefined;
  if (head !== undefined) {
    remaining = head.map(({ context }) => context);
    amendEntry(text, pairs, entry.rule, recordedOf(head[0].actual), edits);
  }
  if (remaining.length < entry.contexts.length) {
    amendContexts(text, pairs, remaining.map(formatContext), edits);
  }
  const end = endOfEntry(text, pairs.at(-1)?.range.end ?? 0, dash);
  for (const group of groups) edits.insertBelow(end, entryText(group, entry, dash));
}

/** The first entries of a file that has comments at most, or an empty list. */
function withFirstEntries(text: string, emptyList: number | undefined, due: readonly Result[]): string {
  const entries = inLineEndsOf(text, newEntries(due, 0));
  const list = emptyList === undefined ? null : /^\[\s*\]/.exec(text.slice(emptyList));
  if (emptyList === undefined || list === null) return withLineEnd(text) + entries;
  return text.slice(0, emptyList) + entries.replace(/\r?\n$/, '') + text.slice(emptyList + list[0].length);
}

function withLineEnd(text: string): string {
  return text === '' || text === '\ufeff' || text.endsWith('\n') ? text : text + inLineEndsOf(text, '\n');
}

/** Where an entry ends, with the comments below it that are indented as its own. */
function endOfEntry(text: string, offset: number, dash: number): number {
  let end = lineEnd(text, offset);
  for (;;) {
    const next = nextLine(text, end);
    const [comment] = /^ *#[^\r\n]*/.exec(text.slice(next, lineEnd(text, next))) ?? [];
    if (next === end || comment === undefined || comment.indexOf('#') <= dash) return end;
    end = next + comment.length;
  }
}

function canBeEdited(
  { text, document }: Source,
  file: ExpectationFile,
  byEntry: ReadonlyMap<ExpectationEntry | null, unknown>,
): boolean {
  const root = document.contents;
  if (!isSeq(root) || root.flow === true) return false;
  return file.entries.every((entry, index) => {
    if (!byEntry.has(entry)) return true;
    const pairs = blockPairs(text, root.items[index]);
    const changes = pairs?.find(({ key }) => key === 'changes')?.value;
    return pairs !== null && !(isMap(changes) && changes.flow === true && changes.items.length > 0);
  });
}

/** A file in flow style, such as JSON, is laid out in blocks first, and then edited. */
function editedAsBlocks(source: Source, due: readonly Result[], holds: VersionCheck | undefined): string {
  const { document } = source;
  const root = document.contents;
  if (isSeq(root)) {
    root.flow = false;
    for (const entry of root.items) {
      if (!isMap(entry)) continue;
      entry.flow = false;
      const changes = entry.get('changes');
      if (isMap(changes)) changes.flow = false;
    }
  }
  const options = { lineWidth: 0, flowCollectionPadding: false, verifyAliasOrder: false } as const;
  const text = inLineEndsOf(source.text, (document as Document).toString(options));
  const blocks = parseSource(source.path, text);
  const file = expectationIn(blocks);
  return edited(blocks, file, due, holds, true);
}
