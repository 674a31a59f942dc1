import type { Replay } from '../replay/model.ts';

/** The replays of each sample, in the order of the report. */
export function bySample(replays: readonly Replay[]): ReadonlyMap<string, readonly Replay[]> {
  const samples = new Map<string, Replay[]>();
  for (const replay of replays) {
    const known = samples.get(replay.sample);
    if (known === undefined) samples.set(replay.sample, [replay]);
    else known.push(replay);
  }
  return samples;
}

/** Replays with one result, whatever their context and version, so that it is shown once. */
export function alike(replays: readonly Replay[]): readonly (readonly [Replay, ...Replay[]])[] {
  const [first, ...others] = replays;
  if (first !== undefined && others.length === 0) return [[first]];
  const groups = new Map<string, [Replay, ...Replay[]]>();
  for (const replay of replays) {
    const { outcome, message, by, changes, verdict, expected, findings, logs, specs } = replay;
    const key = JSON.stringify([outcome, message, by, changes, verdict, expected, findings, logs, specs]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [replay]);
    else known.push(replay);
  }
  return [...groups.values()];
}
