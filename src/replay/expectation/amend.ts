import { isSeq, type Node } from 'yaml';
import type { ChangedValue } from '../model.ts';
import type { Edits } from './edits.ts';
import { asValue, entryKeys, type Recorded, renderChange, renderChanges } from './entry.ts';
import type { Rule } from './expectation.ts';
import { blockPairs, columnOf, contentEnd, type PlacedPair } from './layout.ts';
import { changeHolds, isAllowed } from './match.ts';
import { renderPair } from './yaml.ts';

/** Makes an entry of a file say what is recorded now, pair by pair: what still holds stays as it is written. */
export function amendEntry(
  text: string,
  pairs: readonly PlacedPair[],
  rule: Rule | null,
  recorded: Recorded,
  edits: Edits,
): void {
  const entry = new EntryEdits(text, pairs, edits);
  if (rule?.outcome !== recorded.outcome) entry.set('outcome', recorded.outcome);
  if (recorded.message === null || !messageStands(rule, recorded.message)) {
    entry.remove('message_matches');
    if (recorded.message === null) entry.remove('message');
    else entry.set('message', recorded.message);
  }
  if (recorded.outcome === 'rejected') entry.remove('may_change');
  if (recorded.outcome !== 'modified') {
    entry.remove('changes');
    return;
  }
  const listed = entry.find('changes');
  const changes = Object.entries(recorded.changes).filter(
    ([pointer]) => rule === null || Object.hasOwn(rule.changes, pointer) || !isAllowed(pointer, rule),
  );
  const placed = listed === null ? null : blockPairs(text, listed.value);
  const kept = placed?.some(({ key }) => Object.hasOwn(recorded.changes, key)) ?? false;
  if (placed !== null && kept) amendChanges(text, placed, listed, rule, changes, edits);
  else if (changes.length > 0)
    entry.setRendered('changes', (indent, written) =>
      renderChanges(Object.fromEntries(changes), indent, written),
    );
  else entry.remove('changes');
}

function messageStands(rule: Rule | null, message: string): boolean {
  if (rule === null) return false;
  return rule.messageMatches === null ? rule.message === message : rule.messageMatches.foundIn(message);
}

function amendChanges(
  text: string,
  placed: readonly PlacedPair[],
  listed: PlacedPair | null,
  rule: Rule | null,
  changes: readonly (readonly [string, ChangedValue])[],
  edits: Edits,
): void {
  const indent = columnOf(text, placed[0]?.range.start ?? 0);
  const now = new Map(changes);
  const places = new Map(placed.map((pair) => [pair.key, pair]));
  for (const pair of placed) {
    const change = now.get(pair.key);
    const expected =
      rule !== null && Object.hasOwn(rule.changes, pair.key) ? rule.changes[pair.key] : undefined;
    if (change === undefined) edits.removeLines(pair.range);
    else if (expected === undefined || !changeHolds(change, expected)) {
      edits.replace(pair.range, renderChange(pair.key, change, indent, pair.written).slice(indent));
    }
  }
  // A new change goes behind the one that it follows in the spec.
  let above = (listed?.range.start ?? 0) + (listed?.written.length ?? 0);
  for (const [pointer, change] of changes) {
    const pair = places.get(pointer);
    if (pair === undefined) edits.insertBelow(above, renderChange(pointer, change, indent));
    else above = pair.range.end;
  }
}

/** Leaves contexts in `as` and takes the others out. */
export function amendContexts(
  text: string,
  pairs: readonly PlacedPair[],
  names: readonly string[],
  edits: Edits,
): void {
  const as = pairs.find(({ key }) => key === 'as');
  if (as === undefined) return;
  if (!isSeq<Node>(as.value) || as.value.flow === true) {
    const indent = columnOf(text, as.range.start);
    edits.replace(as.range, renderPair('as', asValue(names), indent, as.written).slice(indent));
    return;
  }
  const written = as.value.toJSON() as readonly string[];
  for (const [index, item] of as.value.items.entries()) {
    if (item.range && !names.includes(written[index] ?? '')) {
      edits.removeLines({ start: item.range[0] - 2, end: contentEnd(text, item) });
    }
  }
}

/** Limits an entry to certain versions of dstack; null: to none. */
export function amendScope(
  text: string,
  pairs: readonly PlacedPair[],
  dstack: string | null,
  edits: Edits,
): void {
  const entry = new EntryEdits(text, pairs, edits);
  if (dstack === null) entry.remove('dstack');
  else entry.set('dstack', dstack);
}

class EntryEdits {
  readonly #text: string;
  readonly #pairs: readonly PlacedPair[];
  readonly #edits: Edits;

  constructor(text: string, pairs: readonly PlacedPair[], edits: Edits) {
    this.#text = text;
    this.#pairs = pairs;
    this.#edits = edits;
  }

  find(key: string): PlacedPair | null {
    return this.#pairs.find((pair) => pair.key === key) ?? null;
  }

  set(key: 'dstack' | 'outcome' | 'message', value: string): void {
    this.setRendered(key, (indent, written) => renderPair(key, value, indent, written));
  }

  /** Replaces a pair, or puts it behind the last one that comes before it in an entry. */
  setRendered(key: (typeof entryKeys)[number], render: (indent: number, written?: string) => string): void {
    const indent = columnOf(this.#text, this.#pairs[0]?.range.start ?? 0);
    const pair = this.find(key);
    if (pair !== null) {
      this.#edits.replace(pair.range, render(indent, pair.written).slice(indent));
      return;
    }
    const before: readonly string[] = entryKeys.slice(0, entryKeys.indexOf(key));
    const above = this.#pairs.findLast((known) => before.includes(known.key)) ?? this.#pairs.at(-1);
    if (above !== undefined) this.#edits.insertBelow(above.range.end, render(indent));
  }

  remove(key: (typeof entryKeys)[number]): void {
    const index = this.#pairs.findIndex((pair) => pair.key === key);
    const pair = this.#pairs[index];
    if (pair === undefined) return;
    const next = this.#pairs[index + 1];
    // The first one stands behind the dash, and so does what follows it then.
    if (index === 0 && next !== undefined) {
      this.#edits.replace({ start: pair.range.start, end: next.range.start }, '');
    } else {
      this.#edits.removeLines(pair.range);
    }
  }
}
