import type { Outcome, Replay } from '../replay/model.ts';
import { contextText, versionsOf } from './labels.ts';
import { isRecordable } from './words.ts';

/** Versions next to each other on which a sample comes to the same. */
interface Run {
  readonly key: string;
  readonly words: string;
  readonly versions: string[];
}

/**
 * Where what comes of a sample changes between versions: `rejected up to 0.21.2, unchanged since 0.21.3`, once for all contexts where they
 * agree; empty where nothing changes.
 *
 * @param replays of one sample, each context's from the oldest version to the newest
 */
export function versionChanges(replays: readonly Replay[]): readonly string[] {
  if (versionsOf(replays).length < 2) return [];
  const byContext = new Map<string, Replay[]>();
  for (const replay of replays) {
    const context = JSON.stringify([replay.user, replay.project, replay.profile]);
    byContext.set(context, [...(byContext.get(context) ?? []), replay]);
  }
  const contextsByText = new Map<string, Replay[]>();
  for (const own of byContext.values()) {
    const runs = runsOf(own);
    if (runs.length > 1) {
      const text = textOf(runs);
      contextsByText.set(text, [...(contextsByText.get(text) ?? []), ...own.slice(0, 1)]);
    }
  }
  const alike = contextsByText.size === 1 && [...contextsByText.values()][0]?.length === byContext.size;
  return [...contextsByText].map(([text, contexts]) =>
    alike ? text : `${contextText(contexts, false)}: ${text}`,
  );
}

function runsOf(replays: readonly Replay[]): readonly Run[] {
  const runs: Run[] = [];
  for (const replay of replays) {
    const last = runs.at(-1);
    const key = keyOf(replay);
    if (last?.key === key) last.versions.push(replay.dstack);
    else {
      const again = last?.key.startsWith(`["${replay.outcome}"`);
      runs.push({
        key,
        words: again ? otherwise(replay.outcome) : replay.outcome,
        versions: [replay.dstack],
      });
    }
  }
  return runs;
}

/** What makes two results the same. The words of a failure hold what differs between versions anyway, such as line numbers. */
function keyOf({ outcome, message, changes }: Replay): string {
  const values = changes.map(({ policy, ...change }) => change);
  return JSON.stringify(isRecordable(outcome) ? [outcome, message, values] : [outcome]);
}

function otherwise(outcome: Outcome): string {
  return outcome === 'rejected' ? 'rejected with another message' : `${outcome} in another way`;
}

function textOf(runs: readonly Run[]): string {
  return runs
    .map(({ words, versions }, index) => {
      const [first = ''] = versions;
      const last = versions.at(-1) ?? first;
      if (index === 0) return `${words} up to ${last}`;
      if (index === runs.length - 1) return `${words} since ${first}`;
      return first === last ? `${words} on ${first}` : `${words} from ${first} to ${last}`;
    })
    .join(', ');
}
