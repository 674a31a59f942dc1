import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import type { RunningEngines } from '../../engine/session.ts';
import type { VersionWorker } from '../../replay/across-versions.ts';
import type { ReplaySettings } from '../../replay/replaying.ts';
import type { Configuration } from '../../target/configuration.ts';
import type { TestOptions } from './options.ts';
import type { RunningService } from './service.ts';

/** dstack's builtin plugin that calls a plugin service, by the name that enables it. */
export const restPlugin = 'rest_plugin';

/** The plugins that a run enables. dstack runs its own last, wherever they are named. */
export function enabledPlugins(
  options: Pick<TestOptions, 'plugins'>,
  configuration: Configuration,
  engine: Engine,
  rest: boolean,
): readonly string[] {
  const named = options.plugins ?? configuration.plugins ?? engine.plugins;
  return !rest || named.includes(restPlugin) ? named : [...named, restPlugin];
}

/** What a run's replays go by, beside the samples. */
export function replaySettings(
  options: TestOptions,
  configuration: Configuration,
  run: {
    readonly root: string;
    readonly plugins: readonly string[];
    readonly service: RunningService | null;
    readonly engines: number;
  },
): ReplaySettings {
  const { root, plugins, service, engines } = run;
  return {
    plugins,
    root,
    env: configuration.env,
    timeout: options.timeout ?? configuration.timeout ?? (service === null ? 10 : 30),
    profile: options.profile ?? configuration.profile,
    keepSpecs: options.verbose,
    workers: engines,
    checks: {
      server: options.serverChecks || configuration.serverChecks,
      order: options.orderCheck,
      offer: options.offer,
    },
    ...(service === null ? {} : service.settings(engines)),
  };
}

/** Where dstack's own things are kept: the environment that projects share, as long as nobody has removed it. */
function folderOfDstack({ base, folder }: Engine): string {
  return base != null && existsSync(base) ? base : folder;
}

/** The workers of a run, each with its version. */
export function workersOf(running: RunningEngines): readonly VersionWorker[] {
  return running.map(({ engine, session }) => ({
    dstack: engine.dstack,
    worker: session.worker,
    offerCache: join(folderOfDstack(engine), 'offer.json'),
  }));
}
