import { isAbsolute, join, relative, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';

/** A project's folder. */
export interface Place {
  /** Absolute. */
  readonly directory: string;
  /** The same, as the user should read it. */
  readonly shown: string;
}

/** What a folder is looked at from. */
interface Standpoint {
  readonly workingDirectory: string;
  /** What keeps a project from being written to a folder (absolute, and as the user reads it). */
  readonly obstacle: (directory: string, shown: string) => Failure | null;
}

/**
 * The folder that somebody typed.
 *
 * @throws Failure where a project can't be written there
 */
export function placeOf(typed: string, world: Standpoint): Place {
  if (typed.trim() === '')
    throw wrong('wrong-directory', 'The folder has no name.', 'Write . for this folder.');
  if (/\p{Cc}/u.test(typed)) {
    throw wrong('wrong-directory', `The folder "${printable(typed)}" has control characters in it.`);
  }
  const directory = resolve(world.workingDirectory, typed);
  const shown = shortPath(directory, world.workingDirectory);
  const obstacle = world.obstacle(directory, shown);
  if (obstacle !== null) throw obstacle;
  return { directory, shown };
}

/** The shorter of the absolute and the relative path, never one that begins with a hyphen. */
function shortPath(directory: string, workingDirectory: string): string {
  const near = relative(workingDirectory, directory) || '.';
  if (isAbsolute(near) || near.length > directory.length) return directory;
  return near.startsWith('-') ? join('.', near).replace(/^-/, './-') : near;
}

function wrong(code: string, text: string, hint?: string): Failure {
  return new Failure({ code, text, hint });
}
