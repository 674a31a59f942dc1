import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { cachePath } from './cache.ts';
import { type CommandOptions, runCommand } from './command.ts';
import { pythonOf } from './make-venv.ts';
import { policyEnvironment } from './policy-environment.ts';
import { Worker } from './worker.ts';

export interface Installed {
  readonly uv: string;
  readonly environment: string;
  /** The PEP 508 requirement that dstack was installed by, and the version that it came to. */
  readonly requirement: string;
  readonly dstack: string;
  /** A folder for what the try needs. */
  readonly building: string;
}

/**
 * Tries whether the worker can import what it needs of a dstack that was just installed. Some versions need their own extra `server` for that
 * (those before 0.20.29, as it happens), which is then installed too.
 *
 * @throws Failure (exit code 3) where it can't be imported either way
 */
export async function makeImportable(installed: Installed, options: CommandOptions): Promise<void> {
  if ((await problemOf(installed, options.signal)) === null) return;
  const { uv, environment } = installed;
  const args = [
    'pip',
    'install',
    '--python',
    pythonOf(environment),
    '--compile-bytecode',
    '--color',
    'never',
  ];
  const extra = await runCommand(uv, [...args, withServer(installed)], options);
  const problem = await problemOf(installed, options.signal);
  if (problem === null) return;
  const { code, message, exitCode, hint } = problem;
  const details = [problem.details, extra.ok ? undefined : extra.output].filter(Boolean).join('\n');
  if (exitCode !== 3) throw problem;
  throw new Failure({ code, text: message, exitCode, hint, details: details === '' ? undefined : details });
}

/** Starts a worker in the environment; null where it is ready, and has built what the first run would have to wait for. */
async function problemOf({ environment, building }: Installed, signal: AbortSignal): Promise<Failure | null> {
  const home = join(building, 'home');
  mkdirSync(home, { recursive: true });
  const worker = Worker.start({
    python: pythonOf(environment),
    environment: policyEnvironment({ passEnv: [], serverEnv: {} }, process.env, { home, tmp: home }),
    cwd: home,
    pycache: join(cachePath(), 'worker'),
  });
  const kill = (): void => worker.kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    await worker.ready;
    await worker.keepOffer(join(environment, 'offer.json'));
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return error;
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    await worker.stop();
  }
}

function withServer({ requirement, dstack }: Installed): string {
  const [, reference] = requirement.split(/@(.*)/s);
  return reference === undefined ? `dstack[server]==${dstack}` : `dstack[server] @ ${reference.trim()}`;
}
