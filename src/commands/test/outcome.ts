import { ExitCode, type Failure } from '../../failure.ts';
import type { Finding, Replay } from '../../replay/model.ts';
import { exitCodeFor, summarise } from '../../replay/summary.ts';
import type { Obsolete, Report, ReportContract, ReportError, ReportTarget } from '../../report/report.ts';
import { toolVersion } from '../../version.ts';
import type { TestOptions } from './options.ts';
import type { Timings } from './timings.ts';

/** What a run came to, before it is counted. */
export interface Outcome {
  /** The project's folder; null where none was found. */
  readonly root?: string | null;
  readonly target: ReportTarget | null;
  readonly replays: readonly Replay[];
  readonly findings: readonly Finding[];
  readonly failures: readonly Failure[];
  readonly obsolete: readonly Obsolete[];
  readonly serviceLog: readonly string[];
  readonly contract?: ReportContract | null;
  /** Whether something obsolete is left. */
  readonly obsoleteLeft: boolean;
  readonly emptyShard?: boolean;
  /** Whether a person left the review by Ctrl+C. */
  readonly interrupted?: boolean;
  readonly timings?: Omit<Timings, 'start' | 'report' | 'whole'>;
}

/** A run as every reporter gets it, counted, and with the exit code that the options make of it. */
export function reportOf(
  {
    target,
    replays,
    findings,
    failures,
    obsolete,
    serviceLog,
    contract = null,
    obsoleteLeft,
    emptyShard = false,
    interrupted = false,
  }: Outcome,
  options: Pick<TestOptions, 'failOn' | 'obsolete'>,
): Report {
  const errors = failures.map(reportError);
  return {
    schema: 1,
    tool: toolVersion,
    target,
    replays,
    errors,
    findings,
    obsolete,
    serviceLog,
    contract,
    failOn: options.failOn,
    summary: summarise(replays, errors, findings),
    exitCode: exitCodeFor({
      replays,
      findings,
      errors: [...failures.map(({ exitCode }) => exitCode), ...(interrupted ? [ExitCode.interrupted] : [])],
      failOn: options.failOn,
      obsoleteFails: options.obsolete === 'fail' && obsoleteLeft,
      emptyShard,
    }),
  };
}

/** A failure as reports have it. */
export function reportError({ code, message, place, hint, details }: Failure): ReportError {
  return {
    code,
    file: place?.file ?? null,
    line: place?.line ?? null,
    text: message,
    hint: hint ?? null,
    details: details ?? null,
  };
}
