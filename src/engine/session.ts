import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../target/configuration.ts';
import { onInterrupt } from '../terminal/signals.ts';
import { cachePath } from './cache.ts';
import type { Engine } from './engine.ts';
import { policyEnvironment } from './policy-environment.ts';
import { Worker } from './worker.ts';

/** For tests: set, the worker does one thing after the other, and nothing ahead of need. */
const plain = 'CREATE_DSTACK_PLUGIN_PLAIN';

/** A worker in an engine, with the temporary home that policies see. */
interface Session {
  readonly worker: Worker;
  /** Stops the worker and all that the plugin started, and removes the temporary home. Safe to call twice. */
  close(): Promise<void>;
}

/** Engines with their workers, which run. */
export type RunningEngines = readonly [RunningEngine, ...RunningEngine[]];
interface RunningEngine {
  readonly engine: Engine;
  readonly session: Session;
}

/** Starts the worker of each engine, as {@link startSession} does. */
export function startSessions(engines: readonly Engine[], configuration: Configuration): RunningEngines {
  const [first, ...others] = engines.map((engine) => ({
    engine,
    session: startSession(engine, configuration),
  }));
  if (first === undefined) throw new Error('there is no engine to start');
  return [first, ...others];
}

/** Stops all of them. */
export async function closeSessions(running: RunningEngines): Promise<void> {
  await Promise.all(running.map(({ session }) => session.close()));
}

/**
 * Starts the worker of an engine; it imports dstack while the caller goes on. Whatever ends this process ends the worker too.
 *
 * @param engine the kept environment
 */
function startSession(engine: { readonly python: string }, configuration: Configuration): Session {
  const folder = mkdtempSync(join(tmpdir(), 'create-dstack-plugin-'));
  const home = join(folder, 'home');
  const tmp = join(folder, 'tmp');
  mkdirSync(home);
  mkdirSync(tmp);
  const worker = Worker.start({
    python: engine.python,
    environment: {
      ...policyEnvironment(configuration, process.env, { home, tmp }),
      // For the worker alone, which removes the folder where this process can't.
      CREATE_DSTACK_PLUGIN_SESSION: folder,
      ...(process.env[plain] === undefined ? {} : { [plain]: process.env[plain] }),
    },
    cwd: home,
    pycache: join(cachePath(), 'worker'),
  });
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const forget = onInterrupt(() => {
    worker.kill();
    remove();
  });
  return {
    worker,
    async close() {
      await worker.stop();
      forget();
      remove();
    },
  };
}
