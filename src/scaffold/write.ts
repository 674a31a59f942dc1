import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Interrupted, onInterrupt } from '../terminal/signals.ts';
import { obstacleAt, writeFailure } from './obstacle.ts';
import type { PlannedFile } from './plan.ts';

/**
 * Writes a project, whole or not at all: everything is staged in a temporary folder on the same file system and renamed into place. A
 * failure or a signal at any moment leaves things as they were, down to the folders above that had to be made.
 *
 * Files get the modes that the user's umask gives. The calls are synchronous, with a turn of the event loop after each file, so that a
 * signal is handled between two of them and never while one is under way.
 *
 * @param directory absolute; not there yet, or empty
 * @param shown the same, as the user should read it
 * @throws Failure where something is in the way or the file system refuses
 */
export async function writeProject(
  directory: string,
  files: readonly PlannedFile[],
  shown: string = directory,
): Promise<void> {
  checkPaths(files);
  const obstacle = obstacleAt(directory, shown);
  if (obstacle !== null) throw obstacle;

  const undo: (() => void)[] = [];
  let ended = false;
  const rollBack = (): void => {
    ended = true;
    for (const step of undo.splice(0).reverse()) attempt(step);
  };
  const release = onInterrupt(rollBack);
  try {
    // A folder that is there stays the one it is: somebody's shell may stand in it, and it may be a mount point or have rights of its own.
    const exists = existsSync(directory);
    if (!exists) makeFolders(dirname(directory), undo);
    const staging = join(exists ? directory : dirname(directory), stagingName());
    mkdirSync(staging);
    undo.push(() => rmSync(staging, { recursive: true, force: true, maxRetries: 3 }));
    for (const { path, contents } of files) {
      const place = join(staging, ...path.split('/'));
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, contents, { flag: 'wx' });
      await nextTurn();
      if (ended) throw new Interrupted();
    }
    if (exists) moveInto(staging, directory, undo);
    else renameSync(staging, directory);
    undo.length = 0;
  } catch (error) {
    rollBack();
    throw error instanceof Interrupted ? error : writeFailure(error, shown);
  } finally {
    release();
  }
}

/** Not made with `mkdtemp`, whose folders are closed to everybody else whatever the umask: this one becomes the project's folder. */
function stagingName(): string {
  return `.create-dstack-plugin-${randomBytes(6).toString('hex')}`;
}

function makeFolders(folder: string, undo: (() => void)[]): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder), undo);
  mkdirSync(folder);
  // Only where it is empty: what somebody else has put there since isn't ours.
  undo.push(() => rmdirSync(folder));
}

function moveInto(staging: string, directory: string, undo: (() => void)[]): void {
  for (const name of readdirSync(staging)) {
    const from = join(staging, name);
    const to = join(directory, name);
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
      throw Object.assign(new Error(`${name} exists`), { code: 'ENOTEMPTY', syscall: 'rename' });
    }
    renameSync(from, to);
    undo.push(() => renameSync(to, from));
  }
  rmdirSync(staging);
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The rest still has to be undone, and what led here is what the user has to read.
  }
}

/** A plan that leaves its folder, or that a file system without upper and lower case can't hold, is a bug. */
function checkPaths(files: readonly PlannedFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/');
    const wrong = parts.some(
      (part) => part === '' || part === '.' || part === '..' || /[\\:\p{Cc}]/u.test(part),
    );
    if (wrong) throw new Error(`The plan has the path ${JSON.stringify(path)}.`);
    const key = path.toLowerCase();
    if (seen.has(key)) throw new Error(`The plan has ${JSON.stringify(path)} twice.`);
    seen.add(key);
  }
}
