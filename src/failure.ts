/** The exit codes of the command line, as documented in the README; see {@link exitCodeOf} for which wins where several hold. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  cannotRun: 3,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each exit code means to whoever reads it: in the help of `test` and in the documentation. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  [ExitCode.done]: 'done; every replay passed',
  [ExitCode.failed]:
    'a replay differs, is new, crashed, is invalid or timed out, or carries a finding of severity error',
  [ExitCode.usage]:
    'the command line, a sample, an expectation or the configuration is wrong; or no sample was found or matched',
  [ExitCode.cannotRun]:
    "the engine or the plugin can't run: no Python, dstack can't be installed, the plugin doesn't load, the REST server doesn't come up",
  [ExitCode.bug]: 'a bug in this tool',
  [ExitCode.interrupted]: 'interrupted by Ctrl+C',
  [ExitCode.terminated]: 'ended by SIGTERM',
};

/** Where in the user's files something is wrong: a path as the user should read it, and a line counted from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
}

export interface FailureDetails {
  /** What is wrong: a stable kebab-case code, part of the JSON report. */
  readonly code: string;
  /** One sentence for the person who has to act, without the place. */
  readonly text: string;
  readonly exitCode?: typeof ExitCode.failed | typeof ExitCode.usage | typeof ExitCode.cannotRun;
  readonly place?: Place | undefined;
  /** What to do next: a sentence or a command. */
  readonly hint?: string | undefined;
  /** More lines to show below, such as a traceback or the output of a command that failed. */
  readonly details?: string | undefined;
}

/**
 * Something that the user can cause and mend. Thrown anywhere, caught once in `cli.ts`, which prints it and exits with its code.
 * Every other error is a bug of this tool (exit code 70).
 */
export class Failure extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly place: Place | undefined;
  readonly hint: string | undefined;
  readonly details: string | undefined;

  constructor(details: FailureDetails) {
    super(details.text);
    this.name = 'Failure';
    this.code = details.code;
    this.exitCode = details.exitCode ?? ExitCode.usage;
    this.place = details.place;
    this.hint = details.hint;
    this.details = details.details;
  }

  /** The same with another sentence. */
  retold(text: string): Failure {
    const { code, exitCode, place, hint, details } = this;
    if (exitCode !== ExitCode.failed && exitCode !== ExitCode.usage && exitCode !== ExitCode.cannotRun) {
      throw new Error(`a failure doesn't end with ${exitCode}`);
    }
    return new Failure({ code, text, exitCode, place, hint, details });
  }
}

/** The exit code that wins where several hold: an interruption, then a bug, then what can't run, then wrong input, then failed replays. */
export function exitCodeOf(codes: Iterable<ExitCode>): ExitCode {
  const present = new Set(codes);
  const order = [
    ExitCode.interrupted,
    ExitCode.terminated,
    ExitCode.bug,
    ExitCode.cannotRun,
    ExitCode.usage,
    ExitCode.failed,
  ];
  return order.find((code) => present.has(code)) ?? ExitCode.done;
}
