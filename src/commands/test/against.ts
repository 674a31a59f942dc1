import { mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { openCache } from '../../engine/cache.ts';
import { withLock } from '../../engine/lock.ts';
import { closeSessions, type RunningEngines, startSessions } from '../../engine/session.ts';
import { ExitCode, exitCodeOf, Failure } from '../../failure.ts';
import { replayAcross } from '../../replay/across-versions.ts';
import { newFindings, type Pair, pairsOf } from '../../replay/against-past.ts';
import type { Replay } from '../../replay/model.ts';
import { type PlannedSample, planReplays } from '../../replay/planned.ts';
import { selectSamples } from '../../replay/samples.ts';
import { fails } from '../../replay/summary.ts';
import { againstReport, type BlockedUpdate } from '../../report/against.ts';
import { isRecordable } from '../../report/words.ts';
import { type Configuration, readConfiguration } from '../../target/configuration.ts';
import { findTarget } from '../../target/find.ts';
import { checkOutPast, type PastTree, pastPlace } from '../../target/past-tree.ts';
import type { Target } from '../../target/target.ts';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';
import { preparedEngines } from './engines.ts';
import type { TestOptions } from './options.ts';
import { reportError } from './outcome.ts';
import { contextOf } from './project.ts';
import { type RunningService, restFor, startedService } from './service.ts';
import { enabledPlugins, replaySettings, workersOf } from './settings.ts';
import { ofShard } from './shard.ts';

/**
 * Replays the samples as they are now through the plugin as it is and as it was at a git reference, on the same versions of dstack, and
 * prints what the change does. The working tree is left alone.
 *
 * @returns failed only where the change brings something that can't be right: a crash, an invalid spec, a timeout, or a finding of the
 * severity that fails a run
 * @throws Failure where git knows no such reference, or either plugin can't run
 */
export async function testAgainst(options: TestOptions, reference: string): Promise<ExitCode> {
  const target = findTarget(realpathSync(process.cwd()), options.restCommand !== null);
  const configuration = readConfiguration(target.root);
  const asked = options.as.map(contextOf);
  const where = { root: target.root, configured: options.samples ?? configuration.samples };
  const selected = await selectSamples({ ...where, cwd: process.cwd(), args: options.paths });
  const samples = ofShard(selected, options.shard);
  const { planned, failures } = await planReplays(samples, { asked, byDefault: configuration.replayAs });
  const place = pastPlace(openCache(), target.root);
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  const waiting = (): void => void process.stderr.write('Waiting for another run with --against…\n');
  try {
    return await withLock(`${place}.lock`, waiting, abort.signal, async () => {
      const past = await checkOutPast(target.root, reference, place);
      const unregister = onInterrupt(past.remove);
      try {
        const sides = { options, planned, target, configuration };
        const { pairs, blocked, failures: more } = await bothSides(sides, past);
        const all = [...failures, ...more];
        const { reference: named, commit } = past;
        const errors = all.map(reportError);
        process.stdout.write(
          againstReport({ name: target.name, reference: named, commit, pairs, blocked, errors }),
        );
        return exitCodeOf([...all.map(({ exitCode }) => exitCode), codeOf(pairs, options)]);
      } finally {
        unregister();
        past.remove();
      }
    });
  } finally {
    forget();
  }
}

interface Sides {
  readonly options: TestOptions;
  readonly planned: readonly PlannedSample[];
  readonly target: Target;
  readonly configuration: Configuration;
}

interface Compared {
  readonly pairs: readonly Pair[];
  readonly blocked: readonly BlockedUpdate[] | null;
  readonly failures: readonly Failure[];
}

async function bothSides(sides: Sides, past: PastTree): Promise<Compared> {
  const { options, planned, configuration } = sides;
  const serverChecks = options.serverChecks || configuration.serverChecks;
  const now = await side({ ...sides, dstack: options.dstack }, null);
  try {
    const then = findTarget(past.root, options.restCommand !== null);
    const own = readConfiguration(past.root);
    // What the plugin was is the past's; how it is replayed is as now, on the versions that were just resolved.
    const asNow = {
      ...own,
      env: configuration.env,
      profile: configuration.profile,
      python: configuration.python,
    };
    const dstack = now.running.map(({ engine }) => engine.reference ?? engine.dstack);
    const before = await side(
      {
        options,
        planned,
        target: then,
        configuration: { ...asNow, serverEnv: configuration.serverEnv },
        dstack,
      },
      past.reference,
    );
    await closeSessions(before.running);
    const pairs = pairsOf(before.replays, now.replays);
    const blocked = serverChecks ? await blockedUpdates(pairs, now.running) : null;
    return { pairs, blocked, failures: [...now.failures, ...before.failures.filter(isNotOf(now.failures))] };
  } finally {
    await closeSessions(now.running);
  }
}

/** What is wrong with a sample is so on both sides, and said once. */
function isNotOf(others: readonly Failure[]): (failure: Failure) => boolean {
  return ({ code, place }) =>
    !others.some((other) => other.code === code && other.place?.file === place?.file);
}

interface Side {
  readonly running: RunningEngines;
  readonly replays: readonly Replay[];
  readonly failures: readonly Failure[];
}

/** @param reference what the side was, as failures name it; null: it is what is there now */
async function side(
  { options, planned, target, configuration, dstack }: Sides & { readonly dstack: readonly string[] },
  reference: string | null,
): Promise<Side> {
  const rest = await restFor(options, configuration);
  const prepared = await preparedEngines(target, configuration, { ...options, dstack });
  const running = startSessions(prepared.engines, configuration);
  const [{ engine }] = running;
  let service: RunningService | null = null;
  const progress = startProgress();
  try {
    if (rest !== null) service = await startedService(rest, target, configuration);
    progress.step(reference === null ? 'Replaying…' : `Replaying as it was at ${reference}…`);
    const settings = replaySettings({ ...options, offer: false, verbose: true }, configuration, {
      root: target.root,
      plugins: enabledPlugins(options, configuration, engine, rest !== null),
      service,
      engines: running.length,
    });
    const { bySample, failures } = await replayAcross(workersOf(running), planned, settings);
    const ended = service === null ? [] : await service.stop();
    const all = [...prepared.failures, ...failures, ...ended];
    return { running, replays: bySample.flat(), failures: all.map((failure) => toldOf(failure, reference)) };
  } catch (error) {
    await service?.stop();
    await closeSessions(running);
    throw error instanceof Failure ? toldOf(error, reference) : error;
  } finally {
    progress.stop();
  }
}

function toldOf(failure: Failure, reference: string | null): Failure {
  if (reference === null || failure.exitCode !== ExitCode.cannotRun) return failure;
  return failure.retold(`As it was at ${reference}: ${failure.message}`);
}

/** The services that dstack wouldn't update in place from what the past's policies made of them to what the policies make now. */
async function blockedUpdates(
  pairs: readonly Pair[],
  running: RunningEngines,
): Promise<readonly BlockedUpdate[]> {
  const blocked: BlockedUpdate[] = [];
  for (const { engine, session } of running) {
    const services = pairs.flatMap(({ before, now }) => {
      const [was, is] = [before?.specs?.after ?? null, now?.specs?.after ?? null];
      if (now?.type !== 'service' || now.dstack !== engine.dstack || was === null || is === null) return [];
      return [{ replay: now, update: { running: was, new: is } }];
    });
    if (services.length === 0) continue;
    const refusals = await session.worker.updates(services.map(({ update }) => update));
    for (const [index, { replay }] of services.entries()) {
      const refusal = refusals[index] ?? null;
      if (refusal !== null) blocked.push({ replay, refusal });
    }
  }
  return blocked;
}

function codeOf(pairs: readonly Pair[], { failOn }: TestOptions): ExitCode {
  const broken = pairs.some(
    ({ before, now }) => now !== null && !isRecordable(now.outcome) && before?.outcome !== now.outcome,
  );
  const found = pairs.some((pair) => newFindings(pair).some((finding) => fails(finding, failOn)));
  return broken || found ? ExitCode.failed : ExitCode.done;
}
