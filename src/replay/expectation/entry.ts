import type { ChangedValue, Json, RecordedOutcome } from '../model.ts';
import { renderBlock, renderPair } from './yaml.ts';

/** What an outcome is recorded as. */
export interface Recorded {
  readonly outcome: RecordedOutcome;
  readonly message: string | null;
  readonly changes: Readonly<Record<string, ChangedValue>>;
}

/** The keys of an entry in their order. */
export const entryKeys = [
  'as',
  'profile',
  'dstack',
  'outcome',
  'message',
  'message_matches',
  'changes',
  'may_change',
] as const;

/** Contexts as the value of `as`: one text, or a list. */
export function asValue(names: readonly string[]): Json {
  return names.length === 1 ? (names[0] ?? []) : names;
}

/** A change as the file holds it. */
function changeValue({ from, to }: ChangedValue): Json {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** A change as a pair of `changes`. */
export function renderChange(
  pointer: string,
  change: ChangedValue,
  indent: number,
  written?: string,
): string {
  return renderPair(pointer, changeValue(change), indent, written);
}

/** All of `changes`, each on a line below it. */
export function renderChanges(
  changes: Readonly<Record<string, ChangedValue>>,
  indent: number,
  written?: string,
): string {
  const pairs = Object.entries(changes).map(([pointer, change]) => [pointer, changeValue(change)] as const);
  return renderBlock('changes', pairs, indent, written);
}

/** A whole entry, its dash at a column. */
export function renderEntry(
  names: readonly string[],
  scope: { readonly profile: string | null; readonly dstack: string | null },
  recorded: Recorded,
  dash: number,
): string {
  const indent = dash + 2;
  const lines = [renderPair('as', asValue(names), indent)];
  if (scope.profile !== null) lines.push(renderPair('profile', scope.profile, indent));
  if (scope.dstack !== null) lines.push(renderPair('dstack', scope.dstack, indent));
  lines.push(renderPair('outcome', recorded.outcome, indent));
  if (recorded.message !== null) lines.push(renderPair('message', recorded.message, indent));
  if (Object.keys(recorded.changes).length > 0) lines.push(renderChanges(recorded.changes, indent));
  return `${' '.repeat(dash)}- ${lines.join('\n').slice(indent)}`;
}
