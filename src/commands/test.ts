import { type KeptRun, keptRun } from '../engine/memo.ts';
import { closeSessions, startSessions } from '../engine/session.ts';
import type { ExitCode } from '../failure.ts';
import type { TestOptions } from './test/options.ts';

/** What is kept of a folder that is a target only by the flags of another run isn't for this one. */
function keptRunFor(options: TestOptions): KeptRun | null {
  const kept = keptRun(process.cwd(), options);
  const service =
    kept?.configuration.rest != null || options.restUrl !== null || options.restCommand !== null;
  return kept?.target.kind === 'rest' && !service ? null : kept;
}

/**
 * Replays samples through the plugin of this folder and reports what came out.
 *
 * Where nothing changed since the last run, the worker is started before anything else is loaded: its import of dstack is what takes most of
 * a run's time, and all that this process does until the first replay happens meanwhile.
 *
 * @throws Failure where the command line is wrong, or nothing could be replayed at all
 */
export async function test(options: TestOptions): Promise<ExitCode> {
  const kept = options.refresh ? null : keptRunFor(options);
  const running = kept === null ? null : startSessions(kept.engines, kept.configuration);
  try {
    const { testProject } = await import('./test/project.ts');
    return await testProject(options, kept === null || running === null ? null : { ...kept, running });
  } finally {
    if (running !== null) await closeSessions(running);
  }
}
