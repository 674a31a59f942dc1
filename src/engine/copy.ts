import type { Dirent } from 'node:fs';
import { constants, copyFile, lstat, mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

/** Folders that hold no source: histories, environments, caches. */
const left = new Set([
  ...[
    '.git',
    '.hg',
    '.svn',
    '.bzr',
    '.jj',
    'node_modules',
    '__pycache__',
    '.venv',
    '.tox',
    '.nox',
    '.eggs',
    '.pixi',
  ],
  ...[
    '.mypy_cache',
    '.pytest_cache',
    '.ruff_cache',
    '.hypothesis',
    '.cache',
    '.direnv',
    '.terraform',
    '.idea',
  ],
]);

/** In bytes. No build backend needs a larger file to install a project in place, but data and weights may lie beside the code. */
const largest = 10_000_000;

/** A copy of a project, for a build backend to write into as it likes. */
export interface ProjectCopy {
  readonly folder: string;
  /** What the backend writes below `prefix` means the same path below `original`. */
  readonly prefix: string;
  readonly original: string;
}

/**
 * Copies what a build backend needs of a project into `into`, without histories, environments, caches and very large files.
 *
 * @param above how many folders above the root the project's files refer to; what lies there is linked to, so that `../lib` leads
 *   where it does from the project
 * @param without a folder to leave out wherever it is, with symbolic links resolved
 */
export async function copyProject(
  root: string,
  into: string,
  above: number,
  without: string,
  signal: AbortSignal,
): Promise<ProjectCopy> {
  let original = root;
  for (let level = 0; level < above && dirname(original) !== original; level += 1)
    original = dirname(original);
  const steps = relative(original, root).split(sep).filter(Boolean);
  let place = into;
  let source = original;
  for (const step of steps) {
    await mkdir(place, { recursive: true });
    await linkSiblings(source, place, step);
    place = join(place, step);
    source = join(source, step);
  }
  await copyFolder(root, place, { root, without, signal });
  return { folder: place, prefix: into, original };
}

interface Copying {
  readonly root: string;
  readonly without: string;
  readonly signal: AbortSignal;
}

async function copyFolder(from: string, to: string, copying: Copying): Promise<void> {
  copying.signal.throwIfAborted();
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      if (source !== copying.without && !(await isLeft(source))) await copyFolder(source, target, copying);
    } else if (entry.isSymbolicLink()) {
      await copyLink(source, target, copying.root);
    } else if (entry.isFile()) {
      await copyOne(source, target);
    }
  }
}

async function isLeft(folder: string): Promise<boolean> {
  const name = basename(folder);
  if (left.has(name) || name.endsWith('.egg-info')) return true;
  return (await lstat(join(folder, 'pyvenv.cfg')).catch(() => null)) !== null;
}

async function copyOne(source: string, target: string): Promise<void> {
  if ((await stat(source)).size > largest) return;
  await copyFile(source, target, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    // What this user can't read, the backend can't need.
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
  });
}

/** A link inside the project stays one; a link to elsewhere still leads there. */
async function copyLink(source: string, target: string, root: string): Promise<void> {
  const real = await realpath(source).catch(() => null);
  if (real === null) return;
  const details = await stat(real);
  if (details.isFile()) await copyOne(real, target);
  else if (details.isDirectory()) {
    const inside = real === root || real.startsWith(root + sep);
    await link(inside ? relative(dirname(source), real) || '.' : real, target);
  }
}

async function linkSiblings(source: string, place: string, except: string): Promise<void> {
  const entries: Dirent[] = await readdir(source, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries) {
    if (name !== except && !left.has(name)) await link(join(source, name), join(place, name));
  }
}

async function link(to: string, at: string): Promise<void> {
  // A junction is what Windows allows without special rights; where even that fails, the backend says what it misses.
  await symlink(to, at, 'junction').catch(() => {});
}
