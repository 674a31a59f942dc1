import type { Engine } from '../../engine/engine.ts';
import type { ReplayAnswer, SampleAnswer } from '../../engine/protocol.ts';
import { type Servers, startServers, stopServers } from '../../engine/servers.ts';
import type { RunningEngines } from '../../engine/session.ts';
import type { Worker } from '../../engine/worker.ts';
import { Failure } from '../../failure.ts';
import type { ReplayedAcross } from '../../replay/across-versions.ts';
import { AgainstServer, type Comparison } from '../../replay/against-server.ts';
import { describeContext, sameContext } from '../../replay/context.ts';
import { findingAt } from '../../replay/findings/finding.ts';
import { sentences } from '../../replay/findings/sentences.ts';
import { createMask } from '../../replay/mask.ts';
import type { Context, Replay } from '../../replay/model.ts';
import type { PlannedSample } from '../../replay/planned.ts';
import type { ReplaySettings } from '../../replay/replaying.ts';
import type { Configuration } from '../../target/configuration.ts';
import { printable } from '../../terminal/printable.ts';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';

/**
 * Holds every replay against real servers of the engines' versions, started for it: a replay that they disagree with gets the finding
 * `server-disagrees`, and what the server logged meanwhile. What can't be compared is said on standard error.
 * A server that doesn't come up, or is lost, is among the failures.
 */
export async function holdAgainstServers(
  running: RunningEngines,
  planned: readonly PlannedSample[],
  settings: ReplaySettings,
  configuration: Configuration,
  replayed: ReplayedAcross,
): Promise<ReplayedAcross> {
  const progress = startProgress();
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  let result = replayed;
  try {
    for (const { engine, session } of running) {
      progress.step(`Starting the dstack server ${engine.dstack}…`);
      const { python } = engine;
      const options = { python, plugins: settings.plugins, configuration };
      const compared: Compared[] = [];
      let servers: Servers | null = null;
      try {
        servers = await startServers(options, abort.signal);
        progress.step(`Replaying through the dstack server ${engine.dstack}…`);
        for await (const one of comparisons(session.worker, planned, settings, servers)) compared.push(one);
        progress.stop(summaryOf(engine, planned, compared));
      } catch (error) {
        // What was replayed and compared so far is reported all the same.
        if (!(error instanceof Failure)) throw error;
        result = { ...result, failures: [...result.failures, error] };
      } finally {
        if (servers !== null) stopServers(servers);
      }
      result = withFindings(result, planned, engine, compared);
    }
  } finally {
    progress.stop();
    forget();
  }
  return result;
}

interface Compared {
  readonly sample: number;
  readonly context: Context;
  readonly comparison: Comparison;
  readonly secrets: readonly string[];
}

/** Replays once more, without the server's own checks, since the servers make theirs, and submits what the CLI would have submitted. */
async function* comparisons(
  worker: Worker,
  planned: readonly PlannedSample[],
  { profile, offerCache: _none, ...settings }: ReplaySettings,
  servers: Servers,
): AsyncGenerator<Compared, void, undefined> {
  const samples = planned.map(({ sample, contexts }) => ({
    file: sample.file,
    configurationPath: sample.path,
    contexts: contexts.map((context) => ({ ...context, profile: context.profile ?? profile })),
  }));
  const checks = { server: false, order: false, offer: false };
  const about = new Map<number, SampleAnswer>();
  const answers: ReplayAnswer[] = [];
  for await (const answer of worker.replay({ ...settings, checks, samples })) {
    if (answer.type === 'sample') about.set(answer.sample, answer);
    else if (answer.type === 'replay') answers.push(answer);
  }
  const against = new AgainstServer(servers);
  for (const answer of answers) {
    const sample = about.get(answer.sample);
    const context = planned[answer.sample]?.contexts[answer.context];
    if (sample === undefined || context === undefined) continue;
    const comparison = await against.compare(answer, sample.kind, context);
    yield { sample: answer.sample, context, comparison, secrets: sample.secrets };
  }
}

function withFindings(
  replayed: ReplayedAcross,
  planned: readonly PlannedSample[],
  { dstack }: Engine,
  compared: readonly Compared[],
): ReplayedAcross {
  const bySample = planned.map((_, index) =>
    (replayed.bySample[index] ?? []).map((replay) => {
      const found = compared.find(
        ({ sample, context }) => sample === index && replay.dstack === dstack && sameContext(replay, context),
      );
      return found === undefined ? replay : withFinding(replay, found);
    }),
  );
  return { ...replayed, bySample };
}

function withFinding(replay: Replay, { comparison, secrets }: Compared): Replay {
  if (comparison.result !== 'disagrees') return replay;
  const mask = createMask(secrets);
  const changes = mask.changes(comparison.changes);
  const text = sentences.serverDisagrees(
    replay.dstack,
    mask.text(comparison.replay),
    mask.text(comparison.server),
    changes,
  );
  const log = mask.lines(comparison.log).map((line) => `dstack server: ${line}`);
  return {
    ...replay,
    findings: [findingAt('server-disagrees', text, null), ...replay.findings],
    logs: [...replay.logs, ...log],
  };
}

function summaryOf(
  { dstack }: Engine,
  planned: readonly PlannedSample[],
  compared: readonly Compared[],
): string {
  const held = compared.filter(({ comparison }) => comparison.result !== 'unknown');
  const lines = compared.flatMap(({ sample, context, comparison }) =>
    comparison.result === 'unknown'
      ? [
          `Not held against the server: ${planned[sample]?.sample.path} as ${describeContext(context)}: ${comparison.reason}.`,
        ]
      : [],
  );
  const agree = held.filter(({ comparison }) => comparison.result === 'agrees').length;
  return [...lines, `The dstack server ${dstack} agrees with ${agree} of ${held.length} replays.`]
    .map(printable)
    .join('\n');
}
