import { readFileSync, rmSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { replaceFile } from '../replace-file.ts';
import type { Obsolete } from '../report/report.ts';
import { formatContext } from './context.ts';
import type { ExpectationEntry } from './expectation/expectation.ts';
import { loadPatternsOf } from './expectation/pattern.ts';
import { readExpectation } from './expectation/read.ts';
import { withoutEntries } from './expectation/remove.ts';
import { clausesOf } from './expectation/scope.ts';
import { findingAt } from './findings/finding.ts';
import { sentences } from './findings/sentences.ts';
import type { Finding } from './model.ts';
import type { PlannedSample } from './planned.ts';
import { findObsolete, type SampleFolder } from './samples.ts';
import { speaksOf } from './shard.ts';
import type { Shard } from './shard-flag.ts';
import type { ObsoleteMode } from './strictness.ts';
import { checkFor, type VersionTable } from './version-table.ts';

/**
 * The expectations whose sample is gone; removed where that was asked for. A file that doesn't read as an expectation is somebody else's: it
 * is passed over.
 *
 * @param partly whether the run is one of some samples only: then nothing is removed, and a folder of samples that isn't there is no error
 * @param shard names those that fall to it, so that of all shards one does
 * @throws Failure (exit code 2) where the folder of samples can't be read
 */
export async function obsoleteFiles(
  folder: SampleFolder,
  {
    remove,
    partly,
    shard,
  }: { readonly remove: boolean; readonly partly: boolean; readonly shard: Shard | null },
): Promise<readonly Obsolete[]> {
  let found: Awaited<ReturnType<typeof findObsolete>>;
  try {
    found = await findObsolete(folder);
  } catch (error) {
    if (partly && error instanceof Failure) return [];
    throw error;
  }
  const obsolete: Obsolete[] = [];
  for (const { path, file } of found) {
    if (shard !== null && !speaksOf(shard, path)) continue;
    if (!(await readsAsExpectation(path, file))) continue;
    const removed = remove && !partly;
    if (removed) rmSync(file);
    obsolete.push({ file: path, removed });
  }
  return obsolete;
}

async function readsAsExpectation(path: string, file: string): Promise<boolean> {
  try {
    const text = readFileSync(file, 'utf8');
    await loadPatternsOf(text);
    readExpectation(path, text);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Entries of expectations that hold on no version of the run. */
export interface ObsoleteEntries {
  readonly findings: readonly Finding[];
  /** How many of them are still there. */
  readonly left: number;
  /** Files that can't be edited without harm. */
  readonly failures: readonly Failure[];
}

/**
 * The entries, with all their contexts, that are for other versions of dstack than those of a run; removed where that was asked for. Of a run
 * on a single version nothing follows: the others may have theirs.
 */
export async function obsoleteEntries(
  planned: readonly PlannedSample[],
  versions: VersionTable,
  { mode, remove }: { readonly mode: ObsoleteMode; readonly remove: boolean },
): Promise<ObsoleteEntries> {
  const findings: Finding[] = [];
  const failures: Failure[] = [];
  let left = 0;
  if (versions.ordered.length < 2) return { findings, left, failures };
  for (const { sample, expectation } of planned) {
    const isObsolete = ({ dstack }: ExpectationEntry): boolean =>
      dstack !== null &&
      clausesOf(dstack).every((clause) => versions.clauses.get(clause) !== null) &&
      versions.ordered.every((version) => !checkFor(versions, version)(dstack));
    if (expectation?.entries.some(isObsolete) !== true) continue;
    // As it is now: an update may have moved the lines.
    const text = readFileSync(sample.expectationFile, 'utf8');
    await loadPatternsOf(text);
    const entries = readExpectation(sample.expectationPath, text).entries.filter(isObsolete);
    let removed = false;
    try {
      if (remove) {
        replaceFile(sample.expectationFile, withoutEntries(sample.expectationPath, text, isObsolete));
        removed = true;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
    if (!removed) left += entries.length;
    for (const { contexts, dstack, line } of entries) {
      const names = contexts.map(formatContext);
      const sentence = sentences.obsoleteEntry(names, dstack ?? '', versions.ordered, removed);
      const place = { file: sample.expectationPath, line };
      findings.push(findingAt('obsolete-entry', sentence, place, mode === 'fail' ? 'error' : 'warning'));
    }
  }
  return { findings, left, failures };
}
