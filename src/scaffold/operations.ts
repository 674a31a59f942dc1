import type { Entry, FolderSnapshot } from './snapshot.ts';

/** A file to be written: where, and what is in it. */
export interface FileToWrite {
  /** Relative to the project's folder, with `/`. */
  readonly path: string;
  readonly contents: string;
  /** Whether it is to be run; then its mode is 0777 instead of 0666, less the umask. */
  readonly executable?: boolean;
  /** What the file that is there has to hold for this one to take its place without being asked: the text that it was made from. */
  readonly replaces?: string;
}

/** Nothing has the file's name: it is written. */
export interface Create {
  readonly operation: 'create';
  readonly file: FileToWrite;
}

/** The file is there already, byte for byte. */
export interface Skip {
  readonly operation: 'skip';
  readonly file: FileToWrite;
}

/** The file is there as the plan has read it, and gets what the plan adds to it. */
export interface Update {
  readonly operation: 'update';
  readonly file: FileToWrite;
  readonly foundAt: string;
  readonly found: Entry;
  /** A name that nothing has, for the file that is there until everything is written. */
  readonly aside: string;
}

/** Something else has the file's name, and nobody has decided yet. */
export interface Conflict {
  readonly operation: 'conflict';
  readonly file: FileToWrite;
  /** The name of what is there; it differs from the file's in its case alone, and only where case makes no difference. */
  readonly foundAt: string;
  readonly found: Entry;
}

/** The file has no place: what is there where one of its folders should be can't be decided on, only mended by hand. */
export interface Blocked {
  readonly operation: 'blocked';
  readonly file: FileToWrite;
  readonly foundAt: string;
  readonly because: 'no-folder' | 'link-out' | 'link-to-nothing' | 'case';
}

/** What is there stays, and the file isn't written. */
interface Keep extends Omit<Conflict, 'operation'> {
  readonly operation: 'keep';
}

/** What is there gets another name, and the file takes its place. */
interface Replace extends Omit<Conflict, 'operation'> {
  readonly operation: 'replace';
  /** A name that nothing has. */
  readonly backup: string;
}

/** What is there stays, and the file is written beside it. */
interface WriteBeside extends Omit<Conflict, 'operation'> {
  readonly operation: 'new';
  readonly beside: string;
  /** Whether the same file is at that name already, so that nothing is written. */
  readonly already: boolean;
}

/** What can be carried out. */
export type Decided = Create | Skip | Update | Keep | Replace | WriteBeside;
export type Operation = Decided | Conflict | Blocked;

/** How a conflict is resolved, in the words of `--on-conflict`. */
export const resolutions = ['keep', 'backup', 'new'] as const;
export type Resolution = (typeof resolutions)[number];

/**
 * What each file of a plan means for a folder, in the order of the plan. Pure: whoever writes, shows or reports a plan goes by this list.
 *
 * @param files with paths that differ in more than their case, see `checkPaths`
 * @param there what is in the folder, see `snapshotOf`
 */
export function operationsFor(
  files: readonly FileToWrite[],
  there: FolderSnapshot,
): readonly (Create | Skip | Update | Conflict | Blocked)[] {
  const names = namesIn(there);
  const planned = new Set(files.map(({ path }) => keyOf(path, there)));
  const isFree = (name: string): boolean =>
    !names.has(keyOf(name, there)) && !planned.has(keyOf(name, there));
  return files.map((file) => operationFor(file, there, names, isFree));
}

/**
 * The same with its conflicts resolved; those that aren't stay conflicts.
 *
 * @param resolve null: nobody has decided on this one
 */
export function resolved(
  operations: readonly Operation[],
  there: FolderSnapshot,
  resolve: (conflict: Conflict) => Resolution | null,
): readonly Operation[] {
  const names = namesIn(there);
  // A backup must not take a name that the plan is about to use, either.
  const taken = new Set([...names.keys(), ...operations.map(({ file }) => keyOf(file.path, there))]);
  const take = (name: string, usable: (key: string) => boolean): string => {
    const free = firstFree(name, (candidate) => usable(candidate) || !taken.has(keyOf(candidate, there)));
    taken.add(keyOf(free, there));
    return free;
  };
  return operations.map((operation): Operation => {
    if (operation.operation !== 'conflict') return operation;
    const resolution = resolve(operation);
    switch (resolution) {
      case null:
        return operation;
      case 'keep':
        return { ...operation, operation: 'keep' };
      case 'backup':
        return { ...operation, operation: 'replace', backup: take(`${operation.foundAt}.bak`, () => false) };
      case 'new': {
        const equal = (name: string): boolean => holds(there.entries.get(name), operation.file.contents);
        const beside = take(`${operation.file.path}.new`, equal);
        return { ...operation, operation: 'new', beside, already: equal(beside) };
      }
      default:
        return resolution satisfies never;
    }
  });
}

/** Whether everything is decided on. */
export function allDecided(operations: readonly Operation[]): operations is readonly Decided[] {
  return operations.every(({ operation }) => operation !== 'conflict' && operation !== 'blocked');
}

/** How many bytes a file has. */
export function bytesOf(file: FileToWrite): number {
  return Buffer.byteLength(file.contents);
}

function operationFor(
  file: FileToWrite,
  there: FolderSnapshot,
  names: ReadonlyMap<string, string>,
  isFree: (name: string) => boolean,
): Create | Skip | Update | Conflict | Blocked {
  const found = (path: string): string | undefined => names.get(keyOf(path, there));
  for (const folder of foldersOf(file.path)) {
    const foundAt = found(folder);
    const entry = foundAt === undefined ? undefined : there.entries.get(foundAt);
    if (foundAt === undefined || entry === undefined) return { operation: 'create', file };
    const because = foundAt === folder ? obstacleIn(entry) : 'case';
    if (because !== null) return { operation: 'blocked', file, foundAt, because };
  }
  const foundAt = found(file.path);
  const entry = foundAt === undefined ? undefined : there.entries.get(foundAt);
  if (foundAt === undefined || entry === undefined) return { operation: 'create', file };
  if (foundAt === file.path && holds(entry, file.contents)) return { operation: 'skip', file };
  if (foundAt === file.path && file.replaces !== undefined && holds(entry, file.replaces)) {
    const aside = firstFree(`${file.path}.bak`, isFree);
    return { operation: 'update', file, foundAt, found: entry, aside };
  }
  return { operation: 'conflict', file, foundAt, found: entry };
}

/** Why an entry can't be one of the folders that a file goes through. */
function obstacleIn(entry: Entry): Blocked['because'] | null {
  switch (entry.type) {
    case 'folder':
      return null;
    case 'link':
      if (entry.leads === 'folder-inside') return null;
      if (entry.leads === 'outside') return 'link-out';
      return entry.leads === 'nothing' ? 'link-to-nothing' : 'no-folder';
    case 'file':
    case 'other':
      return 'no-folder';
  }
}

function holds(entry: Entry | undefined, contents: string): boolean {
  return entry?.type === 'file' && entry.bytes !== null && Buffer.from(contents).equals(entry.bytes);
}

/** The folders that a path goes through, from the outside in: `a/b/c` has `a` and `a/b`. */
export function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Every name in the folder, by what makes it the same name there. */
function namesIn(there: FolderSnapshot): ReadonlyMap<string, string> {
  return new Map([...there.entries.keys()].map((path) => [keyOf(path, there), path]));
}

function keyOf(path: string, { caseSensitive }: FolderSnapshot): string {
  return caseSensitive ? path : path.normalize('NFC').toLowerCase();
}

function firstFree(name: string, usable: (name: string) => boolean): string {
  if (usable(name)) return name;
  for (let number = 1; ; number++) {
    if (usable(`${name}${number}`)) return `${name}${number}`;
  }
}
