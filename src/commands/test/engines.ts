import type { Engine } from '../../engine/engine.ts';
import { type PreparedEngines, prepareEngines } from '../../engine/engines.ts';
import type { Configuration } from '../../target/configuration.ts';
import type { Target } from '../../target/target.ts';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';
import type { TestOptions } from './options.ts';

/** The engines that a command line asks for. */
export type AskedEngines = Pick<TestOptions, 'dstack' | 'python' | 'refresh' | 'serverChecks'> & {
  /** Whether dstack alone is needed. */
  readonly bare?: boolean;
};

/**
 * Prepares the engines that a run of `test` asks for, and says on standard error what takes time.
 *
 * @throws Failure where none can be had
 */
export async function preparedEngines(
  target: Target,
  configuration: Configuration,
  { dstack, python, refresh, serverChecks, bare = false }: AskedEngines,
): Promise<PreparedEngines> {
  const progress = startProgress();
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  try {
    const request = { target, configuration, dstack, python, refresh, serverChecks, bare };
    const prepared = await prepareEngines(request, (text) => progress.step(text), abort.signal);
    progress.stop(installedText(prepared.engines));
    return prepared;
  } finally {
    progress.stop();
    forget();
  }
}

function installedText(engines: readonly Engine[]): string | undefined {
  const installed = engines.filter((engine) => engine.installed);
  const texts = installed.map(({ dstack, dstackChosenBy }) => `${dstack} (${dstackChosenBy})`);
  return texts.length === 0 ? undefined : `Installed dstack ${texts.join(', ')}.`;
}
