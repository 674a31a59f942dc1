import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';

/**
 * What keeps a folder from being a project's: it is something else, it can't be written, or it is one that nobody means. Looks only. What is
 * in the folder is no matter of this, see `operationsFor`.
 *
 * @param directory absolute
 * @param shown the same, as the user should read it
 * @returns null where a project can be written: a folder, or nothing yet
 */
export function obstacleAt(directory: string, shown: string, home: string = homedir()): Failure | null {
  try {
    return obstacle(directory, shown, home);
  } catch (error) {
    return writeFailure(error, shown);
  }
}

function obstacle(directory: string, shown: string, home: string): Failure | null {
  const there = lstatSync(directory, { throwIfNoEntry: false });
  if (there === undefined) return missingFolder(directory, shown);
  if (there.isSymbolicLink()) {
    return inTheWay(
      `${printable(shown)} is a symbolic link.`,
      'Name the folder that it should lead to, or another one.',
    );
  }
  if (!there.isDirectory()) return inTheWay(`${printable(shown)} is a file.`, 'Choose another folder.');
  const real = realpathSync(directory);
  if (real === dirname(real) || real === realOrNull(home)) {
    const what = real === dirname(real) ? 'the root of the file system' : 'your home folder';
    return inTheWay(
      `${shown === '.' ? 'This folder' : printable(shown)} is ${what}, and a project is a folder of its own.`,
      'Name a folder for it: npx create-dstack-plugin my-plugin',
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

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
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
  ENOENT: 'something that was there is gone meanwhile',
  ESTALE: 'a file changed meanwhile',
  ENOTEMPTY: 'something appeared in it meanwhile',
  ELOOP: 'a symbolic link leads out of it, or in a circle',
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
