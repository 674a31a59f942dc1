import { appendFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { chunks, replaceFile } from '../replace-file.ts';
import type { Display, Report } from './report.ts';
import type { ReporterFlag } from './reporter-flags.ts';
import { reporters } from './reporters.ts';

/** Where reports go. */
export interface ReportOutput {
  /** What the files of flags are relative to. */
  readonly cwd: string;
  /** Writes to standard output; resolves when the text is handed over. */
  readonly writeStdout: (text: string) => void | Promise<void>;
  /** The file whose Markdown GitHub shows as the summary of a job's step; null outside of GitHub Actions. */
  readonly stepSummary?: string | null;
}

/** How text is laid out in a file, which has no terminal around it. */
const fileDisplay = { columns: 100, colour: false, links: false } as const;

/**
 * Writes every report that was asked for: one to standard output, with nothing else there, and the others to their files. A file is
 * complete or as it was; folders that it lacks are made.
 *
 * @param display how standard output shows text
 * @throws Failure (exit code 2) for the first file that can't be written, after all others were
 */
export async function writeReports(
  report: Report,
  flags: readonly ReporterFlag[],
  display: Display,
  output: ReportOutput,
): Promise<void> {
  const failures: Failure[] = [];
  for (const { name, file } of flags) {
    if (name === 'github') await summarise(report, output, failures);
    if (file === null) {
      for (const text of chunks((await reporters[name]())(report, display))) await output.writeStdout(text);
      continue;
    }
    try {
      const reporter = await reporters[name]();
      replaceFile(resolve(output.cwd, file), reporter(report, { ...display, ...fileDisplay }));
    } catch (error) {
      failures.push(unwritable(name, file, error));
    }
  }
  if (failures[0] !== undefined) throw failures[0];
}

/** Adds the report to the summary of the job, below what the step has there already. */
async function summarise(report: Report, { stepSummary }: ReportOutput, failures: Failure[]): Promise<void> {
  if (stepSummary == null || stepSummary === '') return;
  try {
    const { stepSummaryText } = await import('./github.ts');
    const taken = statSync(stepSummary, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(stepSummary, stepSummaryText(report, taken));
  } catch (error) {
    failures.push(unwritable('github', stepSummary, error));
  }
}

/** Only errors of the file system are the user's; any other is a bug and thrown on. */
function unwritable(name: string, file: string, error: unknown): Failure {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
  return new Failure({
    code: 'report-not-written',
    text: `The ${name} report can't be written: ${reasons[String(error.code)] ?? error.message}.`,
    place: { file },
    hint: `Choose another file: --reporter ${name}=FILE.`,
  });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is too long',
};
