import { type KeptRun, keptRun } from '../../engine/memo.ts';
import { type RunningEngines, startSessions } from '../../engine/session.ts';
import type { Plan } from '../../replay/planned.ts';
import type { Sample } from '../../replay/samples.ts';
import type { TestOptions } from './options.ts';
import type { RunningService } from './service.ts';

/** A run that was started early: what is kept of the project, and the workers, which import dstack meanwhile. Whoever started it ends it. */
export interface EarlyRun extends KeptRun {
  readonly running: RunningEngines;
  /** When they were started, in milliseconds since the process was. */
  readonly started: number;
  /** A plugin service that runs already, and goes on running. */
  readonly service?: RunningService | null;
  /** The samples that it is for, where they were looked for a moment ago. */
  readonly selected?: readonly Sample[];
  /** What is to be replayed of them, where their expectations were read since they last changed. */
  readonly plan?: Plan;
  /** Whether nothing but Python code was changed since these workers replayed last. */
  readonly unchanged?: boolean;
}

/** Starts the workers of a kept run. */
export function startEarly(kept: KeptRun): EarlyRun {
  return { ...kept, running: startSessions(kept.engines, kept.configuration), started: performance.now() };
}

/** The options that choose the environments of a run. */
export type EnvironmentOptions = Pick<
  TestOptions,
  'dstack' | 'python' | 'serverChecks' | 'restUrl' | 'restCommand'
>;

/** What is kept of the project of this folder, if it serves a run with these options. */
export function keptRunFor(options: EnvironmentOptions): KeptRun | null {
  const kept = keptRun(process.cwd(), options);
  // What is kept of a folder that is a target only by the flags of another run isn't for this one.
  const service =
    kept?.configuration.rest != null || options.restUrl !== null || options.restCommand !== null;
  return kept?.target.kind === 'rest' && !service ? null : kept;
}
