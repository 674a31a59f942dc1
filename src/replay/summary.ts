import { ExitCode, exitCodeOf } from '../failure.ts';
import type { Summary } from '../report/report.ts';
import type { Finding, Replay } from './model.ts';
import type { FailOn } from './strictness.ts';

/**
 * Counts for the end of a report. Built-in samples have no verdict and aren't among the `replays`, so that these are the sum of the verdicts;
 * their findings count as all others do.
 */
export function summarise(
  replays: readonly Replay[],
  errors: readonly unknown[],
  findings: readonly Finding[],
): Summary {
  const count = (verdict: Replay['verdict']): number =>
    replays.filter((replay) => replay.verdict === verdict).length;
  return {
    replays: replays.filter(({ builtin }) => !builtin).length,
    passed: count('passed'),
    differs: count('differs'),
    new: count('new'),
    updated: count('updated'),
    findings: replays.reduce((sum, replay) => sum + replay.findings.length, findings.length),
    errors: errors.length,
  };
}

/**
 * How a run of `test` ends: 1 where a replay isn't as expected, couldn't be held against anything, a finding is grave enough, or something
 * obsolete is left and that was to fail; the codes of errors as they are; of several the one that wins. A run that replayed no sample and met
 * no error ends with 2: green means tested. Only a shard of samples may be empty.
 *
 * @param errors the exit codes of what couldn't run
 */
export function exitCodeFor({
  replays,
  findings,
  errors,
  failOn = 'error',
  obsoleteFails = false,
  emptyShard = false,
}: {
  readonly replays: readonly Replay[];
  readonly findings: readonly Finding[];
  readonly errors: Iterable<ExitCode>;
  readonly failOn?: FailOn;
  /** Whether something obsolete is left, and that fails the run. */
  readonly obsoleteFails?: boolean;
  /** Whether the shard has none of the samples that there are. */
  readonly emptyShard?: boolean;
}): ExitCode {
  const codes = new Set(errors);
  const all = [...findings, ...replays.flatMap((replay) => replay.findings)];
  const nothing = codes.size === 0 && !emptyShard && !replays.some(({ builtin }) => !builtin);
  if (nothing) codes.add(ExitCode.usage);
  if (replays.some(hasFailed) || all.some((finding) => fails(finding, failOn)) || obsoleteFails)
    codes.add(ExitCode.failed);
  return exitCodeOf(codes);
}

/** Whether a finding fails a run. */
export function fails({ severity }: Finding, failOn: FailOn): boolean {
  switch (failOn) {
    case 'error':
      return severity === 'error';
    case 'warning':
      return true;
    case 'none':
      return false;
  }
}

function hasFailed({ verdict }: Replay): boolean {
  switch (verdict) {
    case 'differs':
    case 'new':
      return true;
    case 'passed':
    case 'updated':
    case null:
      return false;
  }
}
