import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileSystem } from './file-system.ts';
import type { Journal } from './journal.ts';
import { isWithin } from './snapshot.ts';

/** Where a project is being written to. */
export interface Site {
  /** Absolute, with links resolved. */
  readonly root: string;
  readonly fileSystem: FileSystem;
  readonly journal: Journal;
}

/** A file that was put together and waits to be put in its place. */
export interface Staged {
  readonly at: string;
  readonly contents: string;
  readonly mode: number;
}

/**
 * Makes the folders that a path goes through, and makes sure that they lie in the project's folder *now*, whatever they did when the
 * folder was looked at: Node.js can't open a file relative to a folder that it holds, so the moment between this and the next call is open.
 *
 * @param path relative, with `/`
 * @returns the absolute path
 */
export function enter(path: string, { root, fileSystem, journal }: Site): string {
  const parts = path.split('/');
  let folder = root;
  for (const part of parts.slice(0, -1)) {
    folder = join(folder, part);
    const there = fileSystem.look(folder);
    if (there === null) {
      const made = folder;
      fileSystem.makeFolder(made, 0o777);
      // Only if it is empty: what somebody else has put there meanwhile isn't ours.
      journal.did(made, () => removeIfEmpty(made, fileSystem));
    } else if (there.isSymbolicLink()) {
      if (!isWithin(fileSystem.real(folder), root)) throw meanwhile('ELOOP', folder);
    } else if (!there.isDirectory()) throw meanwhile('ENOTDIR', folder);
  }
  if (!isWithin(fileSystem.real(folder), root)) throw meanwhile('ELOOP', folder);
  return join(root, ...parts);
}

function removeIfEmpty(folder: string, fileSystem: FileSystem): void {
  try {
    fileSystem.removeFolder(folder);
  } catch (error) {
    if (!hasCode(error, new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']))) throw error;
  }
}

/**
 * Puts a staged file where nothing is. A link is used, since a rename would silently take the place of whatever appeared there meanwhile;
 * where a file system has no links, or the place is on another one (a mount point within the project), the file is written anew.
 *
 * @throws EEXIST where something is there
 */
export function putInPlace(staged: Staged, place: string, { fileSystem, journal }: Site): void {
  const source = fileSystem.look(staged.at);
  try {
    fileSystem.link(staged.at, place);
  } catch (error) {
    if (!hasCode(error, withoutLinks)) throw error;
    fileSystem.writeNew(place, staged.contents, staged.mode);
    journal.did(place, () => fileSystem.removeFile(place));
    fileSystem.setMode(place, (source?.mode ?? staged.mode) & 0o777);
    return;
  }
  journal.did(place, () => {
    if (isSame(fileSystem.look(place), source)) fileSystem.removeFile(place);
  });
}

/** Gives what is in the way another name, which nothing has. */
export function moveAside(place: string, backup: string, { fileSystem, journal }: Site): void {
  const there = fileSystem.look(place);
  if (there?.isFile() === true && linked(place, backup, fileSystem)) {
    journal.did(backup, () => {
      // The last name of a file is never removed: if the one before couldn't be restored, this is it.
      if (!isSame(fileSystem.look(place), there)) throw meanwhile('EEXIST', place);
      fileSystem.removeFile(backup);
    });
    fileSystem.removeFile(place);
    journal.did(place, () => fileSystem.link(backup, place));
    return;
  }
  renameToFree(place, backup, fileSystem);
  journal.did(backup, () => renameToFree(backup, place, fileSystem));
}

function linked(from: string, to: string, fileSystem: FileSystem): boolean {
  try {
    fileSystem.link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, withoutLinks)) return false;
    throw error;
  }
}

function renameToFree(from: string, to: string, fileSystem: FileSystem): void {
  if (fileSystem.look(to) !== null) throw meanwhile('EEXIST', to);
  fileSystem.rename(from, to);
}

/** Makes a folder and those above it that aren't there. */
export function makeFolders(folder: string, fileSystem: FileSystem, journal: Journal): void {
  if (fileSystem.look(folder) !== null) return;
  makeFolders(dirname(folder), fileSystem, journal);
  fileSystem.makeFolder(folder, 0o777);
  journal.did(folder, () => removeIfEmpty(folder, fileSystem));
}

/** The error for what wasn't so when the folder was looked at. */
export function meanwhile(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'lstat', path });
}

function isSame(one: Stats | null, other: Stats | null): boolean {
  return one !== null && other !== null && one.ino === other.ino && one.dev === other.dev;
}

// What file systems say that have no hard links, or whose rules forbid this one.
const withoutLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EINVAL',
]);

function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  return error instanceof Error && 'code' in error && codes.has(String(error.code));
}
