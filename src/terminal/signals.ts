import { ExitCode } from '../failure.ts';

/** Thrown where a person ends the program at a prompt, by Ctrl+C or by ending the input. Not an error: nothing is wrong. */
export class Interrupted extends Error {
  constructor(text = 'Interrupted.') {
    super(text);
    this.name = 'Interrupted';
  }
}

const codes = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  // The terminal was closed. Nobody sees the code; what matters is that the cleanups run.
  SIGHUP: ExitCode.terminated,
} as const;

const cleanups = new Set<() => void>();
let listening = false;

/**
 * Registers what has to be undone if the program is interrupted (SIGINT, SIGTERM, SIGHUP), or ends by a bug. Cleanups run synchronously,
 * the last registered first, and then the process exits: nothing asynchronous that they start will be waited for.
 *
 * @returns a function that takes the cleanup back, for when there is nothing to undo any more
 */
export function onInterrupt(cleanup: () => void): () => void {
  // A function of its own, so that registering the same cleanup twice and taking back one leaves the other.
  const registered = (): void => cleanup();
  cleanups.add(registered);
  handleSignals();
  return () => {
    cleanups.delete(registered);
  };
}

/** Runs and forgets every registered cleanup. One that throws doesn't keep the others from running. */
export function runCleanups(): void {
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup();
    } catch {
      // The process is ending, and the next cleanup matters more than a complaint about this one.
    }
  }
}

/** Answers signals from now on, whether there is anything to clean up or not. Calling it again changes nothing. */
export function handleSignals(): void {
  if (listening) return;
  listening = true;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      runCleanups();
      process.exit(code);
    });
  }
}
