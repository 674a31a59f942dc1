import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { isCaseSensitive } from './case-sensitivity.ts';
import type { FileToWrite } from './operations.ts';
import { foldersOf } from './operations.ts';
import { isStagingName } from './staging.ts';

/** What has a name in the folder. */
export type Entry =
  | {
      readonly type: 'file';
      readonly size: number;
      /** The permission bits. */
      readonly mode: number;
      /** Null where it wasn't read: it isn't in the way, or is too large to be equal or to be shown. */
      readonly bytes: Uint8Array | null;
      /** Differs once the file is another one or was written to. */
      readonly stamp: string;
    }
  | { readonly type: 'folder' }
  | {
      readonly type: 'link';
      readonly to: string;
      readonly leads: 'folder-inside' | 'file-inside' | 'outside' | 'nothing';
    }
  /** A pipe, a socket or a device. */
  | { readonly type: 'other' };

/** What is in a folder, as far as a plan has to do with it. */
export interface FolderSnapshot {
  /** Whether the folder is there at all. */
  readonly exists: boolean;
  /** Whether names that differ in their case alone are two. */
  readonly caseSensitive: boolean;
  /** By path, relative to the folder and with `/`: everything in each folder that the plan enters, spelled as it is there. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/** What nobody compares or reads any more. */
const largest = 1024 * 1024;

/**
 * Looks at what a plan meets in a folder. Reads only.
 *
 * @param directory absolute; a folder, or not there
 * @throws what the file system says where something can't be read
 */
export function snapshotOf(directory: string, files: readonly FileToWrite[]): FolderSnapshot {
  const exists = lstatSync(directory, { throwIfNoEntry: false }) !== undefined;
  const caseSensitive = isCaseSensitive(directory);
  const entries = new Map<string, Entry>();
  if (!exists) return { exists, caseSensitive, entries };
  const root = realpathSync.native(directory);
  const folded = (path: string): string => (caseSensitive ? path : path.toLowerCase());
  const sizes = new Map(files.map((file) => [folded(file.path), Buffer.byteLength(file.contents)]));
  const wanted = (path: string): number | undefined => sizes.get(folded(path).replace(/\.new\d*$/, ''));
  const folders = new Set(['', ...files.flatMap(({ path }) => foldersOf(path))]);
  for (const folder of [...folders].sort()) {
    const above = entries.get(folder);
    const entered =
      folder === '' ||
      above?.type === 'folder' ||
      (above?.type === 'link' && above.leads === 'folder-inside');
    if (!entered) continue;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (folder === '' && isStagingName(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      entries.set(path, entryAt(root, path, entry, wanted(path)));
    }
  }
  return { exists, caseSensitive, entries };
}

function entryAt(root: string, path: string, entry: Dirent, planned: number | undefined): Entry {
  if (entry.isDirectory()) return { type: 'folder' };
  const place = join(root, path);
  if (entry.isSymbolicLink()) return { type: 'link', to: readlinkSync(place), leads: endOf(place, root) };
  if (!entry.isFile()) return { type: 'other' };
  if (planned === undefined) return fileEntry(lstatSync(place), null);
  return readEntry(place, planned);
}

/** Read through one descriptor, so that what is looked at and what is read are one file, and neither a link nor a pipe. */
function readEntry(place: string, planned: number): Entry {
  const file = openSync(
    place,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { type: 'other' };
    return fileEntry(stats, stats.size === planned || stats.size <= largest ? readFileSync(file) : null);
  } finally {
    closeSync(file);
  }
}

function fileEntry(stats: Stats, bytes: Uint8Array | null): Entry {
  return { type: 'file', size: stats.size, mode: stats.mode & 0o7777, bytes, stamp: stampOf(stats) };
}

/** What tells a file from another one at the same place, and from itself after it was written to. */
export function stampOf(stats: Stats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeMs].join(':');
}

function endOf(place: string, root: string): 'folder-inside' | 'file-inside' | 'outside' | 'nothing' {
  try {
    const end = realpathSync.native(place);
    if (!isWithin(end, root)) return 'outside';
    return statSync(end).isDirectory() ? 'folder-inside' : 'file-inside';
  } catch {
    // It leads to nothing, in a circle, or where one may not look: nowhere that could be written to.
    return 'nothing';
  }
}

/** Whether a path is a folder or lies in it; both absolute, with links resolved. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
