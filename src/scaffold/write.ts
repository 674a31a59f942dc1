import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { Interrupted, onInterrupt } from '../terminal/signals.ts';
import { type FileSystem, nodeFileSystem } from './file-system.ts';
import { Journal } from './journal.ts';
import { writeFailure } from './obstacle.ts';
import type { Decided, FileToWrite } from './operations.ts';
import { enter, makeFolders, meanwhile, moveAside, putInPlace, type Site, type Staged } from './place.ts';
import { checkPaths } from './portable-path.ts';
import { stampOf } from './snapshot.ts';
import { removeLeftStaging, stagingName } from './staging.ts';

/** What carrying out has to be told, beside the operations. */
export interface WriteOptions {
  /** The folder as the user should read it. */
  readonly shown: string;
  readonly fileSystem?: FileSystem;
}

/**
 * Carries operations out, all of them or none: every file is staged in a temporary folder on the same file system, and only then put in
 * its place. A failure or a signal at any moment undoes what was done, down to the folders above that had to be made.
 *
 * Nothing is ever overwritten: a file is put where nothing is, and what is replaced is moved aside first. A process that is killed
 * (SIGKILL, a power cut) leaves its staging folder, which the next run removes, and, if it was already putting files in place, those
 * that were there by then: the next run finds them equal and does the rest. What was to be replaced is at its place or at its backup's.
 *
 * Files get the modes that the user's umask gives; a replaced one has the mode of the one before.
 *
 * @param directory absolute; a folder, or not there yet
 * @throws Failure where the file system refuses, or something changed since the operations were found
 */
export async function carryOut(
  directory: string,
  operations: readonly Decided[],
  { shown, fileSystem = nodeFileSystem }: WriteOptions,
): Promise<void> {
  checkPaths(operations.map(({ file }) => file));
  if (!operations.some(writes)) return;
  const journal = new Journal();
  let left: readonly string[] = [];
  let ended = false;
  const rollBack = (): void => {
    ended = true;
    left = [...left, ...journal.rollBack()];
  };
  const release = onInterrupt(rollBack);
  const breathe = async (): Promise<void> => {
    await nextTurn();
    if (ended) throw new Interrupted();
  };
  try {
    const there = fileSystem.look(directory) !== null;
    if (there) await fill(directory, operations, { fileSystem, journal }, breathe);
    else await make(directory, operations, { fileSystem, journal }, breathe);
    journal.commit();
    if (there) removeAsides(directory, operations, fileSystem);
  } catch (error) {
    rollBack();
    throw error instanceof Interrupted ? error : withLeft(writeFailure(error, shown), left);
  } finally {
    release();
  }
}

function writes(operation: Decided): boolean {
  return operation.operation === 'new' ? !operation.already : !['skip', 'keep'].includes(operation.operation);
}

type Tools = Omit<Site, 'root'>;

/** A folder that isn't there is put together beside its place, and comes into being whole. */
async function make(
  directory: string,
  operations: readonly Decided[],
  { fileSystem, journal }: Tools,
  breathe: () => Promise<void>,
): Promise<void> {
  const above = dirname(directory);
  makeFolders(above, fileSystem, journal);
  const root = stage(above, 0o777, { fileSystem, journal });
  const site = { root: fileSystem.real(root), fileSystem, journal: new Journal() };
  for (const operation of operations) {
    // The folder wasn't there when the operations were found, so there is nothing to keep or to replace.
    if (operation.operation !== 'create') throw meanwhile('ENOENT', directory);
    fileSystem.writeNew(enter(operation.file.path, site), operation.file.contents, modeOf(operation.file));
    await breathe();
  }
  fileSystem.rename(root, directory);
}

/** A folder that is there stays the one it is: somebody's shell may stand in it, and it may be a mount point or have rights of its own. */
async function fill(
  directory: string,
  operations: readonly Decided[],
  { fileSystem, journal }: Tools,
  breathe: () => Promise<void>,
): Promise<void> {
  const root = fileSystem.real(directory);
  const site = { root, fileSystem, journal };
  const staging = stage(root, 0o700, site);
  const waiting: { readonly operation: Decided; readonly staged: Staged }[] = [];
  for (const operation of operations.filter(writes)) {
    waiting.push({ operation, staged: staged(operation, join(staging, String(waiting.length)), fileSystem) });
    await breathe();
  }
  for (const { operation, staged: file } of waiting) {
    place(operation, file, site);
    await breathe();
  }
  fileSystem.removeTree(staging);
}

function stage(folder: string, mode: number, { fileSystem, journal }: Tools): string {
  removeLeftStaging(folder, fileSystem);
  const staging = join(folder, stagingName());
  fileSystem.makeFolder(staging, mode);
  journal.did(staging, () => fileSystem.removeTree(staging));
  return staging;
}

function staged(operation: Decided, at: string, fileSystem: FileSystem): Staged {
  const { file } = operation;
  fileSystem.writeNew(at, file.contents, modeOf(file));
  if ('found' in operation && operation.operation !== 'new' && operation.found.type === 'file') {
    fileSystem.setMode(at, operation.found.mode & 0o777);
  }
  return { at, contents: file.contents, mode: modeOf(file) };
}

function place(operation: Decided, file: Staged, site: Site): void {
  switch (operation.operation) {
    case 'create':
      putInPlace(file, enter(operation.file.path, site), site);
      return;
    case 'new':
      putInPlace(file, enter(operation.beside, site), site);
      return;
    case 'update':
    case 'replace': {
      const inTheWay = enter(operation.foundAt, site);
      const there = site.fileSystem.look(inTheWay);
      // What the user decided on is the file that was shown, not what somebody has saved there since.
      if (there === null) throw meanwhile('ENOENT', inTheWay);
      if (operation.found.type === 'file' && stampOf(there) !== operation.found.stamp)
        throw meanwhile('ESTALE', inTheWay);
      const aside = operation.operation === 'update' ? operation.aside : operation.backup;
      moveAside(inTheWay, enter(aside, site), site);
      putInPlace(file, enter(operation.file.path, site), site);
      return;
    }
    case 'keep':
    case 'skip':
      return;
  }
}

/** Everything is in its place: what was updated isn't needed any more. What can't be removed stays, and is in nobody's way. */
function removeAsides(directory: string, operations: readonly Decided[], fileSystem: FileSystem): void {
  for (const operation of operations) {
    if (operation.operation !== 'update') continue;
    try {
      fileSystem.removeFile(join(fileSystem.real(directory), ...operation.aside.split('/')));
    } catch {
      // It holds what the file held before, under a name that says so.
    }
  }
}

function modeOf(file: FileToWrite): number {
  return file.executable === true ? 0o777 : 0o666;
}

/** Says so where the folder isn't as it was: a file system that refuses to write may refuse to undo, too. */
function withLeft(failure: Failure, left: readonly string[]): Failure {
  if (left.length === 0) return failure;
  return new Failure({
    code: failure.code,
    text: failure.message,
    details: `Not everything could be undone. Look at:\n${left.join('\n')}`,
    hint: 'What was to be replaced is at its place or beside it, with .bak at the end of its name.',
  });
}
