import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/**
 * Every call by which a project is written. Synchronous, so that a signal is handled between two calls and never while one is under way; an
 * interface, so that a test can make any one of them fail.
 */
export interface FileSystem {
  makeFolder(path: string, mode: number): void;
  /** Makes a file that wasn't there; never follows a link, never leaves half a file. The umask applies. */
  writeNew(path: string, contents: string, mode: number): void;
  /** A second name for a file; fails where the name is taken, which makes it the only safe way to put something in a place. */
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  setMode(path: string, mode: number): void;
  removeFile(path: string): void;
  /** Only an empty one. */
  removeFolder(path: string): void;
  /** With all that is in it: for folders that this program made and nobody else knows. */
  removeTree(path: string): void;
  /** What has that name, links not followed; null where nothing has. */
  look(path: string): Stats | null;
  real(path: string): string;
}

export const nodeFileSystem: FileSystem = {
  makeFolder: (path, mode) => void mkdirSync(path, { mode }),
  writeNew(path, contents, mode) {
    const file = openSync(path, 'wx', mode);
    try {
      writeFileSync(file, contents);
      closeSync(file);
    } catch (error) {
      try {
        closeSync(file);
      } catch {
        // Closed already: the error was its own.
      }
      rmSync(path, { force: true });
      throw error;
    }
  },
  link: linkSync,
  rename: renameSync,
  setMode: chmodSync,
  removeFile: unlinkSync,
  removeFolder: (path) => rmdirSync(path),
  removeTree: (path) => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  look: (path) => lstatSync(path, { throwIfNoEntry: false }) ?? null,
  real: (path) => realpathSync.native(path),
};
