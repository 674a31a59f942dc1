import { execFile } from 'node:child_process';
import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';

/** Folders that hold other people's files, or what tools made. */
const never: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.venv', 'node_modules']);
const neverWithoutGit: ReadonlySet<string> = new Set([
  ...['venv', '__pycache__', 'site-packages', 'dist', 'build', '.eggs'],
  ...['.tox', '.nox', '.mypy_cache', '.pytest_cache', '.ruff_cache'],
]);

/**
 * All files below a folder, relative to it, with `/`, in no particular order. Folders behind symbolic links are entered if they lie within
 * `root`, each real folder once; what can't be a sample's home ({@link never}) is left out.
 *
 * @throws a {@link Failure} (exit code 2) where a folder can't be read
 */
export function filesBelow(folder: string, root: string): readonly string[] {
  return walk(folder, root, never);
}

/**
 * All files of a project that aren't ignored: what git knows or would add, or, where git has no say, everything outside the folders that
 * tools make. Relative to the root, with `/`.
 */
export async function projectFiles(root: string): Promise<readonly string[]> {
  const known = await gitFiles(root);
  if (known === null) return walk(root, root, new Set([...never, ...neverWithoutGit]));
  return known.filter(
    (path) => !path.split('/').some((part) => never.has(part)) && existsSync(join(root, path)),
  );
}

function walk(folder: string, root: string, skipped: ReadonlySet<string>): readonly string[] {
  const files: string[] = [];
  const entered = new Set<string>();
  // Real folders first: a file that can also be reached through a link goes by its own path.
  const linked: string[] = [];
  const enter = (directory: string, prefix: string): void => {
    const real = realpathSync(directory);
    if (entered.has(real)) return;
    entered.add(real);
    for (const entry of entriesOf(directory, root)) {
      const path = join(directory, entry.name);
      const kind = kindOf(entry, path);
      if (kind === 'other') continue;
      if (kind === 'file') files.push(prefix + entry.name);
      else if (skipped.has(entry.name) || existsSync(join(path, 'pyvenv.cfg'))) continue;
      else if (!entry.isSymbolicLink()) enter(path, `${prefix}${entry.name}/`);
      else if (isWithin(realpathSync(path), root)) linked.push(path);
    }
  };
  enter(folder, '');
  for (let next = linked.shift(); next !== undefined; next = linked.shift())
    enter(next, `${slashed(relative(folder, next))}/`);
  return files;
}

function entriesOf(directory: string, root: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new Failure({
      code: 'folder-not-readable',
      text: `The folder can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      place: { file: slashed(relative(root, directory)) || '.' },
    });
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  const target = statSync(path, { throwIfNoEntry: false });
  // A broken link is a sample that can't be read, which is an error to report, not a file to pass over.
  if (target === undefined || target.isFile()) return 'file';
  return target.isDirectory() ? 'folder' : 'other';
}

const run = promisify(execFile);

/** What git tracks or would add below a folder; null where git isn't there, has no say over the folder, or ignores all of it. */
async function gitFiles(root: string): Promise<readonly string[] | null> {
  const git = (...args: readonly string[]) =>
    run('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: root,
      env: withoutGit(process.env),
      maxBuffer: 1 << 28,
      windowsHide: true,
    });
  try {
    const { stdout } = await git('ls-files', '-co', '--exclude-standard', '-z');
    const files = stdout.split('\0').filter((path) => path !== '');
    if (files.length > 0) return files;
    return (await git('check-ignore', '-q', '.').then(
      () => true,
      () => false,
    ))
      ? null
      : files;
  } catch {
    return null;
  }
}

/** In a hook git names the repository and its index in the environment, relative to another folder than ours. */
function withoutGit(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name)),
  );
}

/** Whether a path is a folder or lies below it; both absolute, with symbolic links resolved. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A path with `/` on every system. */
export function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}
