import { accessSync, constants, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';

const namesShown = 5;

/**
 * What keeps a project from being written to a folder: something is there already, or the place can't be written. Looks only.
 *
 * @param directory absolute
 * @param shown the same, as the user should read it
 * @returns null where a project can be written: the folder isn't there yet, or is empty
 */
export function obstacleAt(directory: string, shown: string): Failure | null {
  try {
    return obstacle(directory, shown);
  } catch (error) {
    return writeFailure(error, shown);
  }
}

function obstacle(directory: string, shown: string): Failure | null {
  const there = lstatSync(directory, { throwIfNoEntry: false });
  if (there === undefined) return missingFolder(directory, shown);
  if (there.isSymbolicLink()) {
    return inTheWay(
      `${printable(shown)} is a symbolic link.`,
      'Name the folder that it should lead to, or another one.',
    );
  }
  if (!there.isDirectory()) return inTheWay(`${printable(shown)} is a file.`, 'Choose another folder.');
  const entries = readdirSync(directory, { withFileTypes: true })
    .map((entry) => printable(entry.name) + (entry.isDirectory() ? '/' : ''))
    .sort();
  if (entries.length > 0) {
    return inTheWay(
      `${shown === '.' ? 'This folder' : printable(shown)} isn't empty: ${listed(entries)}.`,
      'Choose a folder that is empty or not there yet; nothing was written.',
    );
  }
  accessSync(directory, constants.W_OK | constants.X_OK);
  return null;
}

function missingFolder(directory: string, shown: string): Failure | null {
  let above = dirname(directory);
  while (lstatSync(above, { throwIfNoEntry: false }) === undefined && dirname(above) !== above)
    above = dirname(above);
  if (statSync(above, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return inTheWay(
      `${printable(shown)} can't be made: ${printable(above)} isn't a folder.`,
      'Choose another folder.',
    );
  }
  accessSync(above, constants.W_OK | constants.X_OK);
  return null;
}

function listed(entries: readonly string[]): string {
  const more = entries.length - namesShown;
  const names = entries.slice(0, namesShown).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}

function inTheWay(text: string, hint: string): Failure {
  return new Failure({ code: 'folder-in-the-way', text, hint });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long for the file system',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'something of that name appeared meanwhile',
  ENOTEMPTY: 'something appeared in it meanwhile',
  ELOOP: 'symbolic links lead in a circle',
};

/** The failure for an error of the file system; another error is a bug and comes back as it is. */
export function writeFailure(error: unknown, shown: string): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (error instanceof Failure) return error;
  if (code === null || !(error instanceof Error) || !('syscall' in error)) throw error;
  return new Failure({
    code: 'cannot-write',
    text: `${printable(shown)} can't be written: ${reasons[code] ?? error.message}.`,
    hint: 'Nothing was left behind. Mend this, or choose another folder.',
  });
}
