import type { Replay } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';

/** The versions of dstack in a run, in the order of its replays. */
export function versionsOf(replays: readonly Replay[]): string[] {
  return [...new Set(replays.map(({ dstack }) => dstack))];
}

/**
 * `as alice@research, bob@research`, with the profile where there is one.
 *
 * @param withVersion whether the run has several versions of dstack, so that each has to be named
 */
export function contextText(replays: readonly Replay[], withVersion: boolean): string {
  const byVersion = new Map<string, string[]>();
  for (const replay of replays) {
    const version = withVersion ? replay.dstack : '';
    const profile = replay.profile === null ? '' : ` with profile ${replay.profile}`;
    byVersion.set(version, [...(byVersion.get(version) ?? []), `${replay.user}@${replay.project}${profile}`]);
  }
  const versionsByContexts = new Map<string, string[]>();
  for (const [version, contexts] of byVersion) {
    const text = `as ${contexts.join(', ')}`;
    versionsByContexts.set(text, [...(versionsByContexts.get(text) ?? []), version]);
  }
  const texts = [...versionsByContexts].map(([contexts, versions]) =>
    withVersion ? `${contexts} on dstack ${versions.join(', ')}` : contexts,
  );
  return printable(texts.join('; '));
}
