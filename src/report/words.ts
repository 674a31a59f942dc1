import type { Outcome, Verdict } from '../replay/model.ts';

/** What a person reads for the words of the data: one place, so that every reporter says the same. */

/** What the server would do with a sample. */
const outcomeWords: Readonly<Record<Outcome, string>> = {
  unchanged: 'unchanged',
  modified: 'modified',
  rejected: 'rejected',
  crashed: 'crashed: the server answers 500',
  invalid: 'invalid: dstack refuses what the policy made',
  'timed-out': 'timed out: no answer within the limit',
};

export const verdictWords: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  differs: 'failed',
  new: 'new',
  updated: 'updated',
};

/** Whether an outcome can be right, and so be recorded with `--update`. */
export function isRecordable(outcome: Outcome): boolean {
  return outcome === 'unchanged' || outcome === 'modified' || outcome === 'rejected';
}

/** `1 change`, `2 changes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** An outcome with what belongs to it, on one line; `message` is the rejection's. */
export function outcomeText(outcome: Outcome, message: string | null, changes: number): string {
  switch (outcome) {
    case 'modified':
      return `${outcomeWords.modified}, ${counted(changes, 'change')}`;
    case 'rejected':
      return message ? `${outcomeWords.rejected}: ${message}` : `${outcomeWords.rejected} without a message`;
    case 'unchanged':
    case 'crashed':
    case 'invalid':
    case 'timed-out':
      return outcomeWords[outcome];
  }
}

/** `file:line`, `file`, or null where there is no file. */
export function placeText(place: {
  readonly file: string | null;
  readonly line: number | null;
}): string | null {
  if (place.file === null) return null;
  return place.line === null ? place.file : `${place.file}:${place.line}`;
}
