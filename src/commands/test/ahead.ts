import { distinct, dstackList } from '../../engine/dstack-list.ts';
import type { KeptRun } from '../../engine/memo.ts';
import { closeSessions } from '../../engine/session.ts';
import { Failure } from '../../failure.ts';
import { type EarlyRun, type EnvironmentOptions, keptRunFor, startEarly } from './early.ts';

/** Flags after which a look at the arguments doesn't tell which environments the run needs, or that it needs none. */
const others = /^(-[^-]*[wh]|--(watch|help|python|server|refresh|rest|against))/;

let started: { readonly dstack: readonly string[]; readonly run: EarlyRun } | null = null;

/**
 * Starts the workers of `test` by a look at its arguments alone, so that they import dstack while the command line is loaded and read. A wrong
 * guess costs a process that is ended again.
 *
 * @param args what comes after `test`
 */
export function startAhead(args: readonly string[]): void {
  if (args.some((argument) => others.test(argument))) return;
  const lists = args.flatMap((argument, index) => {
    if (argument.startsWith('--dstack=')) return argument.slice('--dstack='.length);
    return args[index - 1] === '--dstack' ? argument : [];
  });
  const dstack = distinct(lists.flatMap(dstackList));
  const kept = keptOrNull({ dstack, python: null, serverChecks: false, restUrl: null, restCommand: null });
  if (kept === null) return;
  started = { dstack, run: startEarly(kept) };
}

function keptOrNull(options: EnvironmentOptions): KeptRun | null {
  try {
    return keptRunFor(options);
  } catch (error) {
    // The run itself will say what is wrong, if nothing else is.
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** The run that was started ahead, if it is what these options ask for; its workers are then the caller's. */
export function takeAhead(options: EnvironmentOptions): EarlyRun | null {
  const { python, serverChecks, restUrl, restCommand } = options;
  const plain = python === null && !serverChecks && restUrl === null && restCommand === null;
  if (started === null || !plain || started.dstack.join('\0') !== options.dstack.join('\0')) return null;
  const { run } = started;
  started = null;
  return run;
}

/** Ends the workers that nobody took. */
export async function dropAhead(): Promise<void> {
  const left = started;
  started = null;
  if (left !== null) await closeSessions(left.run.running);
}
