import { type Document, isMap, isSeq } from 'yaml';
import { formatContext, sameContext } from '../context.ts';
import { sameValue } from '../equality.ts';
import type { Context, Json } from '../model.ts';
import { amendContexts, amendEntry } from './amend.ts';
import { Edits, inLineEndsOf } from './edits.ts';
import { type Recorded, renderEntry } from './entry.ts';
import {
  type Actual,
  type ExpectationEntry,
  type ExpectationFile,
  entryFor,
  ruleFor,
  type VersionCheck,
} from './expectation.ts';
import { blockPairs, columnOf, contentEnd, lineEnd, nextLine } from './layout.ts';
import { isRecordable, verdictOf } from './match.ts';
import { expectationIn } from './read.ts';
import { notEditable, verifyUpdate } from './safeguard.ts';
import { parseSource, type Source } from './source.ts';

/** What a sample came to in one context, masked. */
export interface Result {
  readonly context: Context;
  readonly actual: Actual;
}

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

function newEntries(results: readonly Result[], dash: number): string {
  return grouped(results)
    .map((group) => `${entryText(group, { dstack: null }, dash)}\n`)
    .join('');
}

type Group = readonly [Result, ...Result[]];

/** Equal results in contexts with one profile share an entry; groups and their contexts keep their order. */
function grouped(results: readonly Result[]): readonly Group[] {
  const groups: [Result, ...Result[]][] = [];
  for (const result of results) {
    const group = groups.find(
      ([first]) =>
        first.context.profile === result.context.profile && sameActual(first.actual, result.actual),
    );
    if (group === undefined) groups.push([result]);
    else group.push(result);
  }
  return groups;
}

function sameActual(a: Actual, b: Actual): boolean {
  // Changes are JSON but for their types: `from` and `to` may be absent, which is how nothing is compared.
  const changes = ({ changes }: Actual): Json => changes as unknown as Json;
  return (
    a.outcome === b.outcome &&
    a.message === b.message &&
    Object.keys(a.changes).length === Object.keys(b.changes).length &&
    sameValue(changes(a), changes(b))
  );
}

function entryText(group: Group, { dstack }: { readonly dstack: string | null }, dash: number): string {
  const [{ context, actual }] = group;
  const names = group.map((result) => formatContext(result.context));
  return renderEntry(names, { profile: context.profile, dstack }, recordedOf(actual), dash);
}

function recordedOf(actual: Actual): Recorded {
  if (!isRecordable(actual.outcome)) throw new Error(`${actual.outcome} can't be recorded`);
  return {
    outcome: actual.outcome,
    message: actual.outcome === 'rejected' ? actual.message : null,
    changes: actual.outcome === 'modified' ? actual.changes : {},
  };
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
    if (results === undefined) continue;
    const node = root.items[index];
    const pairs = blockPairs(text, node) ?? [];
    const inOrder = entry.contexts.flatMap(
      (context) => results.find((result) => sameContext(result.context, context)) ?? [],
    );
    const groups = [...grouped(inOrder)];
    let remaining = entry.contexts.filter(
      (context) => !results.some((result) => sameContext(result.context, context)),
    );
    if (remaining.length === 0) {
      const [head] = groups.splice(0, 1);
      if (head !== undefined) {
        remaining = head.map(({ context }) => context);
        amendEntry(text, pairs, entry.rule, recordedOf(head[0].actual), edits);
      }
    }
    if (remaining.length < entry.contexts.length)
      amendContexts(text, pairs, remaining.map(formatContext), edits);
    const end = endOfEntry(text, pairs.at(-1)?.range.end ?? 0, dash);
    for (const group of groups) edits.insertBelow(end, entryText(group, entry, dash));
  }
  const last = blockPairs(text, root.items.at(-1))?.at(-1);
  const end = endOfEntry(text, last?.range.end ?? contentEnd(text, root), dash);
  for (const group of grouped(byEntry.get(null) ?? [])) {
    edits.insertBelow(end, entryText(group, { dstack: null }, dash));
  }
  return edits.apply();
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
