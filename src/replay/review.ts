import { sameContext } from './context.ts';
import { isRecordable } from './expectation/match.ts';
import type { Replay } from './model.ts';

/** What a person decides on at once: a sample in the contexts in which the same came out, on all versions. */
export interface ReviewItem {
  /** The sample's place in the run. */
  readonly sample: number;
  /** By context, then from the oldest version to the newest. At least one of them can be recorded and isn't yet. */
  readonly replays: readonly Replay[];
}

/** What there is to decide on, in the order of the samples. */
export function reviewItems(bySample: readonly (readonly Replay[])[]): readonly ReviewItem[] {
  return bySample.flatMap((replays, sample) => {
    const groups = new Map<string, Replay[]>();
    for (const own of byContext(replays)) {
      if (!own.some(isDue)) continue;
      const key = JSON.stringify(
        own.map(({ dstack, outcome, message, changes, verdict, expected }) => [
          ...[dstack, outcome, message, changes, verdict, expected],
        ]),
      );
      groups.set(key, [...(groups.get(key) ?? []), ...own]);
    }
    return [...groups.values()].map((group) => ({ sample, replays: group }));
  });
}

/**
 * The replays of a sample that may be recorded once some items are accepted: all but those of contexts that wait for a decision, so that a
 * file is written as an update would write it as soon as all of its items are accepted.
 */
export function decided(
  replays: readonly Replay[],
  items: readonly ReviewItem[],
  accepted: ReadonlySet<ReviewItem>,
): readonly Replay[] {
  const waiting = items.filter((item) => !accepted.has(item)).flatMap((item) => item.replays);
  return replays.filter((replay) => !waiting.some((other) => sameContext(replay, other)));
}

function byContext(replays: readonly Replay[]): readonly (readonly Replay[])[] {
  const contexts: Replay[][] = [];
  for (const replay of replays) {
    const own = contexts.find(([first]) => first !== undefined && sameContext(first, replay));
    if (own === undefined) contexts.push([replay]);
    else own.push(replay);
  }
  return contexts;
}

function isDue({ verdict, outcome }: Replay): boolean {
  return verdict !== 'passed' && verdict !== null && isRecordable(outcome);
}
