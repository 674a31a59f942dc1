import type { ExitCode } from '../failure.ts';
import type { Finding, Kind, Replay } from '../replay/model.ts';
import type { FailOn } from '../replay/strictness.ts';

/** The project under test, as a report names it. */
export interface ReportTarget {
  readonly kind: 'package' | 'rest' | 'mixed';
  readonly name: string;
  readonly plugins: readonly string[];
  readonly url?: string;
}

/** A sample, expectation, engine or target that couldn't run. */
export interface ReportError {
  readonly code: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly text: string;
  /** What to do next, where there is something to say; reporters for people show it. */
  readonly hint: string | null;
  /** More lines, such as a traceback; reporters for people show them. */
  readonly details: string | null;
}

/** An expectation file whose sample is gone. */
export interface Obsolete {
  readonly file: string;
  readonly removed: boolean;
}

/** A plugin service held to dstack's contract beyond the samples. What it got wrong is among the run's findings. */
export interface ReportContract {
  /** The version that says what a spec is. */
  readonly dstack: string;
  readonly seed: number;
  readonly requests: number;
  readonly milliseconds: number;
  /** What 95 % of the requests that were sent one by one took at most, in milliseconds; null where there were too few to tell. */
  readonly p95: number | null;
  /** Specs made from dstack's schema that were sent. */
  readonly generated: number;
  /** Answers that told something. */
  readonly checked: number;
  /** Whole sentences: what wasn't checked, and why. */
  readonly unchecked: readonly string[];
  /** Requests that the service gets wrong, each as a command that sends it again. */
  readonly failing: readonly FailingCommand[];
  /** The files that they were saved as, relative to the project's root. */
  readonly saved: readonly string[];
}

interface FailingCommand {
  /** Of the finding that it shows. */
  readonly code: string;
  readonly kind: Kind;
  readonly curl: string;
}

export interface Summary {
  readonly replays: number;
  readonly passed: number;
  readonly differs: number;
  readonly new: number;
  readonly updated: number;
  readonly findings: number;
  readonly errors: number;
}

/** All that a run of `test` found, and what every reporter gets. The JSON reporter writes its fields as `schemas/report-1.json` says. */
export interface Report {
  readonly schema: 1;
  /** The version of this tool. */
  readonly tool: string;
  readonly target: ReportTarget | null;
  readonly replays: readonly Replay[];
  readonly errors: readonly ReportError[];
  readonly findings: readonly Finding[];
  readonly obsolete: readonly Obsolete[];
  /** What a plugin service logged where it can't be told during which replay; reporters for people show it. */
  readonly serviceLog?: readonly string[];
  /** Where it was asked for; reporters for people show it. */
  readonly contract?: ReportContract | null;
  /** From which severity on findings fail the run; reporters for people say so. */
  readonly failOn?: FailOn;
  readonly summary: Summary;
  readonly exitCode: ExitCode;
}

/** Where the project of a report lies, for what points into its files. */
export interface Places {
  /** The absolute path of a file of the project. */
  readonly absolute: (file: string) => string;
  /** The path of a file of the project from the root of the repository that holds it, with `/`. */
  readonly inRepository: (file: string) => string;
  /** The line of a sample on which the value at a JSON Pointer of its spec stands, or what holds it; null where that isn't known. */
  readonly lineOf: (sample: string, pointer: string) => number | null;
}

/** How a reporter shows text to a person. */
export interface Display {
  /** The width to keep to. */
  readonly columns: number;
  /** Whether colours may be used. */
  readonly colour: boolean;
  /** Whether names of files may be links. */
  readonly links?: boolean;
  /** Where the project's files are, where that is known. */
  readonly places?: Places;
}

/**
 * Turns a report into text, or into pieces of one where it grows by kilobytes a replay, so that it is never in memory as a whole. The same
 * report, over the same files, gives the same text.
 */
export type Reporter = (report: Report, display: Display) => string | Generator<string>;
