import type { ChangedValue, PolicyPlace, Replay } from '../replay/model.ts';
import { compareChanges } from './comparison.ts';
import { nothing, valueText } from './values.ts';
import { isRecordable, outcomeText } from './words.ts';

/** One thing in which a replay isn't as expected, or that is new, in words that are safe to print. */
export interface Difference {
  /** The JSON Pointer that it is about; null: the outcome. */
  readonly path: string | null;
  /** Null where nothing was expected. */
  readonly expected: string | null;
  /** Null where nothing happened. */
  readonly actual: string | null;
  /** The policy that did what happened, where it is known. */
  readonly policy: PolicyPlace | null;
}

/** What a person has to judge of a replay that differs, is new or was recorded; the outcome first, where it is another. */
export function differencesOf(replay: Replay): readonly Difference[] {
  const { outcome, message, changes, expected, by } = replay;
  const actual = outcomeText(outcome, message, changes.length);
  if (expected === null) {
    return [
      { path: null, expected: null, actual: withMessage(actual, replay), policy: by },
      ...changes.map((change) => ({
        path: change.path,
        expected: null,
        actual: changeText(change.path, change),
        policy: change.policy,
      })),
    ];
  }
  const was = outcomeText(expected.outcome, expected.message, Object.keys(expected.changes).length);
  const { missing, unexpected, different } = compareChanges(expected.changes, changes);
  const another = expected.outcome !== outcome || expected.message !== message;
  const own = another ? [{ path: null, expected: was, actual: withMessage(actual, replay), policy: by }] : [];
  if (!isRecordable(outcome)) return own;
  return [
    ...own,
    ...different.map(({ actual: change, expected: value }) => ({
      path: change.path,
      expected: changeText(change.path, value),
      actual: changeText(change.path, change),
      policy: change.policy,
    })),
    ...missing.map((change) => ({
      path: change.path,
      expected: changeText(change.path, change),
      actual: null,
      policy: null,
    })),
    ...unexpected.map((change) => ({
      path: change.path,
      expected: null,
      actual: changeText(change.path, change),
      policy: change.policy,
    })),
  ];
}

/** What can't be recorded has its reason beside it. */
function withMessage(text: string, { outcome, message }: Replay): string {
  return isRecordable(outcome) || !message ? text : `${text}; ${message}`;
}

/** A change on one line: `7.5 → 2`, `- eu-1  + us-1 (2 stay)`. */
function changeText(path: string, change: ChangedValue): string {
  const value = valueText(path, change);
  const note = value.note === null ? '' : ` (${value.note})`;
  if (value.kind === 'value') return `${value.from ?? nothing} → ${value.to ?? nothing}${note}`;
  return `${[...value.gone.map((item) => `- ${item}`), ...value.come.map((item) => `+ ${item}`)].join('  ')}${note}`;
}
