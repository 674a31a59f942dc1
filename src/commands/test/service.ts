import { statSync } from 'node:fs';
import { openCache } from '../../engine/cache.ts';
import { findUv } from '../../engine/uv.ts';
import { ExitCode, Failure } from '../../failure.ts';
import type { ReplaySettings } from '../../replay/replaying.ts';
import { shownUrl } from '../../service/address.ts';
import { type Service, startService } from '../../service/service.ts';
import { serviceEnvironment } from '../../service/service-environment.ts';
import { splitCommand } from '../../service/split-command.ts';
import type { Configuration } from '../../target/configuration.ts';
import { type RestConfiguration, restOf } from '../../target/rest.ts';
import type { Target } from '../../target/target.ts';
import { printable } from '../../terminal/printable.ts';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';
import type { TestOptions } from './options.ts';

/** A plugin service that runs for the replays of this run. */
export interface RunningService {
  readonly url: string;
  /** What the replays need to know of it. Its log is told apart by replay only where they run one after another. */
  settings(engines: number): Pick<ReplaySettings, 'service' | 'readServiceLog'>;
  /** All that it logged, as far as it is kept; nothing where it was told apart by replay. */
  log(): readonly string[];
  /** What is wrong with it now. */
  failures(): readonly Failure[];
  /** Stops it, if it was started here, and says what was wrong with it. Safe to call twice. */
  stop(): Promise<readonly Failure[]>;
}

/**
 * The plugin service of a run: what the flags say, else the configuration; null where there is none.
 *
 * @throws Failure (exit code 2) where a flag is wrong
 */
export function restFor(
  { restUrl, restCommand }: TestOptions,
  { rest }: Configuration,
): RestConfiguration | null {
  const words = restCommand === null ? null : splitCommand(restCommand);
  return restOf({ restUrl, restCommand: words }, rest);
}

/**
 * Starts the plugin service, or finds the one that runs already, and waits until it answers.
 *
 * @throws Failure (exit code 3) where it doesn't come up
 */
export async function startedService(
  { command, url, startTimeout, concurrent }: RestConfiguration,
  target: Target,
  configuration: Configuration,
): Promise<RunningService> {
  const progress = startProgress();
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  const step = (text: string): void => progress.step(text);
  try {
    const uv = command?.[0] === 'uv' ? await findUv(openCache(), step, abort.signal) : null;
    const environment = serviceEnvironment(configuration, process.env);
    const options = { command, url, startTimeout, root: target.root, environment, uv };
    return running(await startService(options, step, abort.signal), concurrent);
  } finally {
    progress.stop();
    forget();
  }
}

function running(service: Service, concurrent: boolean): RunningService {
  let byReplay = false;
  // Where its log was when the replays of this run began; of the first run, what it logged before belongs to it as well.
  let since: number | null = null;
  let stopped: Promise<readonly Failure[]> | null = null;
  return {
    url: shownUrl(service.url),
    settings(engines) {
      byReplay = false;
      since = since === null || service.logFile === null ? 0 : statSync(service.logFile).size;
      const log = engines === 1 ? service.logFile : null;
      const known = { service: { url: service.url, log, concurrent } };
      if (log === null) return known;
      return {
        ...known,
        readServiceLog(from, to) {
          byReplay = true;
          return service.readLog(from, to ?? Number.POSITIVE_INFINITY);
        },
      };
    },
    log: () => (byReplay ? [] : service.readLog(since ?? 0, Number.POSITIVE_INFINITY)),
    failures: () => failuresOf(service),
    stop() {
      stopped ??= stop(service);
      return stopped;
    },
  };
}

async function stop(service: Service): Promise<readonly Failure[]> {
  const failures = failuresOf(service);
  const { how, leftOver } = await service.stop();
  // It is stopped all the same, and the replays are what they are: worth a word, no more.
  if (how === 'killed') say('The plugin service ignored SIGTERM for 5 s, and was killed.');
  if (leftOver.length > 0)
    say(`The plugin service left processes running, which were ended: ${leftOver.join(', ')}.`);
  return failures;
}

function failuresOf(service: Service): readonly Failure[] {
  const died = service.ended();
  if (died === null) return [];
  return [
    new Failure({
      code: 'service-ended',
      text: `The plugin service ${died} while it was needed.`,
      exitCode: ExitCode.cannotRun,
      details: service.lastLines(20).join('\n'),
    }),
  ];
}

function say(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
