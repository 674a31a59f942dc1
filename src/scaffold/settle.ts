import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';
import type { Prompts } from '../terminal/prompts.ts';
import { askResolutions } from './conflicts.ts';
import type { Place } from './folder.ts';
import { obstacleAt } from './obstacle.ts';
import { type FileToWrite, type Operation, operationsFor, type Resolution, resolved } from './operations.ts';
import { checkPaths } from './portable-path.ts';
import { type FolderSnapshot, snapshotOf } from './snapshot.ts';

/** How conflicts are resolved. */
export interface Settling {
  /** For all of them; null: each is asked about, if somebody is there. */
  readonly onConflict: Resolution | null;
  readonly prompts: Prompts | null;
  /** Puts a patch before the person who is asked. */
  readonly show: (patch: string) => void;
}

/**
 * Holds a plan against its folder, and resolves what is in the way as far as it can be: by the flag, or by asking. Writes nothing.
 *
 * @returns the operations; conflicts are left where nobody decided, blocked files always
 * @throws Failure where the folder can't be a project's or can't be read; Interrupted if the person leaves
 */
export async function settle(
  place: Place,
  files: readonly FileToWrite[],
  { onConflict, prompts, show }: Settling,
): Promise<readonly Operation[]> {
  checkPaths(files);
  const obstacle = obstacleAt(place.directory, place.shown);
  if (obstacle !== null) throw obstacle;
  const there = lookAt(place, files);
  const operations = resolved(operationsFor(files, there), there, () => onConflict);
  const conflicts = operations.filter((operation) => operation.operation === 'conflict');
  const hopeless = operations.some(({ operation }) => operation === 'blocked');
  if (conflicts.length === 0 || prompts === null || hopeless) return operations;
  const answers = await askResolutions(conflicts, prompts, show);
  return resolved(operations, there, ({ file }) => answers.get(file.path) ?? null);
}

function lookAt({ directory, shown }: Place, files: readonly FileToWrite[]): FolderSnapshot {
  try {
    return snapshotOf(directory, files);
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new Failure({
      code: 'cannot-read',
      text: `What is in ${shown === '.' ? 'this folder' : printable(shown)} can't be read: ${error.message}.`,
      hint: 'Nothing was written. Mend this, or choose another folder.',
    });
  }
}
