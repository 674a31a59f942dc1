import { checkLines, exitCodeFor } from '../doctor/check.ts';
import { examine } from '../doctor/checks.ts';
import { keptEnvironments, removeEnvironment, unusedEnvironments } from '../doctor/environments.ts';
import { existingCache } from '../engine/cache.ts';
import type { ExitCode } from '../failure.ts';
import { printable } from '../terminal/printable.ts';
import { onInterrupt } from '../terminal/signals.ts';

/** What `create-dstack-plugin doctor` was asked for. */
export interface DoctorOptions {
  /** Whether kept environments are removed that nobody used for a month. */
  readonly prune: boolean;
}

/** Says what is wrong with this machine or project, and how to mend it; a line each. */
export async function doctor({ prune }: DoctorOptions): Promise<ExitCode> {
  if (prune) pruneCache();
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  try {
    const checks = await examine(process.cwd(), abort.signal);
    process.stdout.write(`${checkLines(checks).map(printable).join('\n')}\n`);
    return exitCodeFor(checks);
  } finally {
    forget();
  }
}

function pruneCache(): void {
  const cache = existingCache();
  const unused = cache === null ? [] : unusedEnvironments(keptEnvironments(cache), new Date());
  for (const environment of unused) {
    removeEnvironment(environment);
    process.stderr.write(`Removed ${printable(environment.folder)}\n`);
  }
  if (unused.length === 0) process.stderr.write('There is nothing to remove.\n');
}
