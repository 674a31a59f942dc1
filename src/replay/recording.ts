import { Failure } from '../failure.ts';
import { replaceFile } from '../replace-file.ts';
import { isRecordable } from './expectation/match.ts';
import { schemaLine } from './expectation/schema-line.ts';
import { updateExpectation } from './expectation/update.ts';
import type { Replay } from './model.ts';
import type { PlannedSample } from './planned.ts';
import { checkFor, type VersionTable } from './version-table.ts';

/**
 * Records the replays of one sample that are new or differ, if they can be recorded, and gives them the verdict `updated`.
 *
 * @param replays on each of the versions
 * @returns the sample's replays as they stand afterwards
 * @throws Failure (exit code 2) where the expectation file can't be edited or written; it is then as it was
 */
export function recordExpectation(
  { sample, text }: PlannedSample,
  replays: readonly Replay[],
  versions: VersionTable,
): readonly Replay[] {
  const due = replays.filter(({ verdict, outcome }) => verdict !== 'passed' && isRecordable(outcome));
  if (due.length === 0) return replays;
  const results = replays.map((replay) => ({
    dstack: replay.dstack,
    context: { user: replay.user, project: replay.project, profile: replay.profile },
    actual: {
      outcome: replay.outcome,
      message: replay.message,
      changes: Object.fromEntries(replay.changes.map(({ path, policy, ...values }) => [path, values])),
    },
  }));
  const updated = updateExpectation(sample.expectationPath, text, results, {
    ordered: versions.ordered,
    check: (version) => checkFor(versions, version),
  });
  if (updated === null) return replays;
  write(sample.expectationFile, sample.expectationPath, text === null ? schemaLine + updated : updated);
  return replays.map((replay) => (due.includes(replay) ? { ...replay, verdict: 'updated' } : replay));
}

function write(file: string, path: string, text: string): void {
  try {
    replaceFile(file, text);
  } catch (error) {
    throw new Failure({
      code: 'expectation-not-written',
      text: `The expectation can't be written: ${error instanceof Error ? error.message : String(error)}.`,
      place: { file: path },
    });
  }
}
