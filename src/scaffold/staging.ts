import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FileSystem } from './file-system.ts';

const pattern = /^\.create-dstack-plugin-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}$/;
const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * A name for a folder in which a project is put together. It says which process on which machine made it, so that what a killed one left
 * can be told from the work of one that still runs. Not made with `mkdtemp`, whose folders are closed to everybody else whatever the
 * umask: this one may become the project's folder.
 */
export function stagingName(process_: number = process.pid): string {
  return `.create-dstack-plugin-${machine()}-${process_}-${randomBytes(6).toString('hex')}`;
}

/** Whether a name is one of those. */
export function isStagingName(name: string): boolean {
  return pattern.test(name);
}

/**
 * Removes the staging folders that killed processes left in a folder: those of processes of this machine that are gone, and of any other
 * after a day. What can't be removed stays: it is in nobody's way.
 *
 * @returns the names of those that are gone
 */
export function removeLeftStaging(folder: string, fileSystem: FileSystem): readonly string[] {
  return namesIn(folder).filter((name) => {
    const place = join(folder, name);
    try {
      const there = fileSystem.look(place);
      if (there === null || !there.isDirectory() || !isMine(there.uid)) return false;
      const old = Date.now() - there.mtimeMs > dayMilliseconds;
      if (!old && !isGone(name)) return false;
      fileSystem.removeTree(place);
      return true;
    } catch {
      return false;
    }
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isStagingName);
  } catch {
    return [];
  }
}

function isMine(owner: number): boolean {
  const me = process.geteuid?.();
  return me === undefined || me === owner;
}

function isGone(name: string): boolean {
  const [, where, id] = pattern.exec(name) ?? [];
  if (where !== machine() || id === undefined) return false;
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function machine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
