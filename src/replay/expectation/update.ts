import { type Document, isMap, isSeq } from 'yaml';
import { formatContext, sameContext } from '../context.ts';
import type { Context } from '../model.ts';
import { amendContexts, amendEntry, amendScope } from './amend.ts';
import { Edits, inLineEndsOf } from './edits.ts';
import type { ExpectationEntry, ExpectationFile } from './expectation.ts';
import { entryText, grouped, newEntries, type Result, recordedOf } from './grouping.ts';
import { blockPairs, columnOf, contentEnd, lineEnd, nextLine } from './layout.ts';
import { isLoose, isRecordable } from './match.ts';
import { type Plan, planUpdate, type Segment, type Versions } from './plan.ts';
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
  versions: Versions = oneVersion,
): string | null {
  if (existing === null) {
    const { added } = planUpdate(null, results, versions);
    return added.length === 0 ? null : newEntries(added, 0);
  }
  const source = parseSource(path, withLineEnd(existing));
  const file = expectationIn(source);
  const plan = planUpdate(file, results, versions);
  if (plan.entries.size === 0 && plan.added.length === 0) return null;
  const updated = edited(source, file, plan, results, versions);
  const recorded = results.filter(({ actual }) => isRecordable(actual.outcome));
  verifyUpdate(source, file, updated, { plan, recorded, versions });
  return updated;
}

const oneVersion: Versions = { ordered: [''], check: () => undefined };

function edited(
  source: Source,
  file: ExpectationFile,
  plan: Plan,
  results: readonly Result[],
  versions: Versions,
  inBlocks = false,
): string {
  const { text, document } = source;
  const root = document.contents;
  if (!isSeq(root) || root.items.length === 0) return withFirstEntries(text, root?.range?.[0], plan.added);
  if (!canBeEdited(source, file, plan.entries)) {
    if (inBlocks) throw notEditable(source.path, 'its layout');
    return editedAsBlocks(source, results, versions);
  }

  const edits = new Edits(text);
  const dash = columnOf(text, root.range?.[0] ?? 0);
  for (const [index, entry] of file.entries.entries()) {
    const segments = plan.entries.get(entry);
    if (segments !== undefined) {
      editEntry(source, root.items[index], entry, segments, dash, edits);
    }
  }
  const last = blockPairs(text, root.items.at(-1))?.at(-1);
  const end = endOfEntry(text, last?.range.end ?? contentEnd(text, root), dash);
  for (const group of grouped(plan.added)) edits.insertBelow(end, entryText(group, dash));
  return edits.apply();
}

/**
 * Contexts whose results don't change keep the entry; where all change, the first of them does. What stands for certain versions only gets
 * them, and all else gets entries of its own below.
 */
function editEntry(
  { path, text }: Source,
  node: unknown,
  entry: ExpectationEntry,
  segments: readonly Segment[],
  dash: number,
  edits: Edits,
): void {
  const pairs = blockPairs(text, node) ?? [];
  const isListed = (context: Context): boolean =>
    segments.some((segment) => sameContext(segment.context, context));
  const ordered = entry.contexts.flatMap((context) =>
    segments.filter((segment) => sameContext(segment.context, context)),
  );
  const untouched = entry.contexts.filter((context) => !isListed(context));
  const head = headOf(entry, ordered, untouched.length > 0);
  const remaining = [...untouched, ...head.map(({ context }) => context)];
  const lost = ordered.some((segment) => segment.kept && !head.includes(segment));
  if (lost && entry.rule !== null && isLoose(entry.rule)) {
    // Copied into an entry for other versions it would become strict without a word.
    throw notEditable(
      path,
      `the looser entry in line ${entry.line}, which doesn't hold on all versions alike`,
    );
  }
  const [first] = head;
  if (first !== undefined && first.dstack !== entry.dstack) amendScope(text, pairs, first.dstack, edits);
  if (first !== undefined && !first.kept)
    amendEntry(text, pairs, entry.rule, recordedOf(first.actual), edits);
  if (remaining.length < entry.contexts.length) {
    const names = entry.contexts.filter((context) => remaining.some((known) => sameContext(known, context)));
    amendContexts(text, pairs, names.map(formatContext), edits);
  }
  const end = endOfEntry(text, pairs.at(-1)?.range.end ?? 0, dash);
  const others = ordered.filter((segment) => !head.includes(segment));
  for (const group of grouped(others)) edits.insertBelow(end, entryText(group, dash));
}

/** What the entry itself goes on to say: its rule where that still holds, on as many of its versions as can be, else the first result. */
function headOf(
  entry: ExpectationEntry,
  segments: readonly Segment[],
  othersStay: boolean,
): readonly Segment[] {
  const kept = segments.filter((segment) => segment.kept);
  const whole = kept.filter(({ dstack }) => dstack === entry.dstack);
  if (othersStay || whole.length > 0) return whole;
  const scope = kept[0]?.dstack;
  if (scope !== undefined) return kept.filter(({ dstack }) => dstack === scope);
  return grouped(segments)[0] ?? [];
}

/** The first entries of a file that has comments at most, or an empty list. */
function withFirstEntries(text: string, emptyList: number | undefined, due: readonly Segment[]): string {
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
  changing: ReadonlyMap<ExpectationEntry, unknown>,
): boolean {
  const root = document.contents;
  if (!isSeq(root) || root.flow === true) return false;
  return file.entries.every((entry, index) => {
    if (!changing.has(entry)) return true;
    const pairs = blockPairs(text, root.items[index]);
    const changes = pairs?.find(({ key }) => key === 'changes')?.value;
    return pairs !== null && !(isMap(changes) && changes.flow === true && changes.items.length > 0);
  });
}

/** A file in flow style, such as JSON, is laid out in blocks first, and then edited. */
function editedAsBlocks(source: Source, results: readonly Result[], versions: Versions): string {
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
  return edited(blocks, file, planUpdate(file, results, versions), results, versions, true);
}
