import { closeSessions } from '../engine/session.ts';
import type { ExitCode } from '../failure.ts';
import { takeAhead } from './test/ahead.ts';
import { type EarlyRun, keptRunFor, startEarly } from './test/early.ts';
import type { TestOptions } from './test/options.ts';

/**
 * Replays samples through the plugin of this folder and reports what came out.
 *
 * Where nothing changed since the last run, the worker is started before anything else is loaded: its import of dstack is what takes most of
 * a run's time, and all that this process does until the first replay happens meanwhile.
 *
 * @throws Failure where the command line is wrong, or nothing could be replayed at all
 */
export async function test(options: TestOptions): Promise<ExitCode> {
  if (options.watch) {
    const { watchProject } = await import('./test/watch.ts');
    return await watchProject(options);
  }
  if (options.against !== null) {
    const { testAgainst } = await import('./test/against.ts');
    return await testAgainst(options, options.against);
  }
  const early = options.refresh ? null : (takeAhead(options) ?? startedFor(options));
  try {
    const { testProject } = await import('./test/project.ts');
    return await testProject(options, early);
  } finally {
    if (early !== null) await closeSessions(early.running);
  }
}

function startedFor(options: TestOptions): EarlyRun | null {
  const kept = keptRunFor(options);
  return kept === null ? null : startEarly(kept);
}
