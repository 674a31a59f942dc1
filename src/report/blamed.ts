import type { Place, PolicyPlace, Replay } from '../replay/model.ts';
import { compareChanges } from './comparison.ts';
import type { Places } from './report.ts';

/** Where a person has to look for a replay that isn't as expected, relative to the project's root. */
export interface Blamed {
  /** The policies that did what wasn't expected, each once; empty where they aren't known, or aren't in the project. */
  readonly policies: readonly Place[];
  /** The entry of the expectation that doesn't hold; null where there is none. */
  readonly expectation: Place | null;
  /** The line of the sample that it is about, or its first. */
  readonly sample: Place;
}

export function blamedFor(replay: Replay, places: Places | undefined): Blamed {
  const { sample, expected, expectedAt, changes, by } = replay;
  const { missing, unexpected, different } = compareChanges(expected?.changes ?? {}, changes);
  const surprising = [...different.map(({ actual }) => actual), ...unexpected];
  // Where all that happened was expected, it is what didn't happen that says which line of the sample it is about.
  const pointers = [...surprising, ...missing].map(({ path }) => path);
  const lines = pointers.map((pointer) => places?.lineOf(sample, pointer) ?? null);
  return {
    policies: distinct([...(by === null ? [] : [by]), ...surprising.flatMap(({ policy }) => policy ?? [])]),
    expectation: expectedAt ?? null,
    sample: { file: sample, line: lines.find((line) => line !== null) ?? 1 },
  };
}

function distinct(policies: readonly PolicyPlace[]): readonly Place[] {
  const known = new Map<string, Place>();
  for (const { file, line } of policies)
    if (file !== null) known.set(`${file}:${line}`, { file, line: line ?? 1 });
  return [...known.values()];
}
