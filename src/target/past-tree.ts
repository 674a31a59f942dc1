import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';

/** A project as it was at a commit, in a working tree of its own. */
export interface PastTree {
  /** The project's folder in it, absolute. */
  readonly root: string;
  /** As it was asked for: `main`. */
  readonly reference: string;
  /** The commit, short. */
  readonly commit: string;
  /** Removes it, synchronously, so that an interruption can. Safe to call twice. */
  remove(): void;
}

const run = promisify(execFile);

/**
 * Checks out what a project was at a git reference, beside its working tree, which is left alone. The place is always the same for a project,
 * so that the environment that is kept for it serves the next time, too; whoever calls this holds a lock on it.
 *
 * @param place absolute: where the tree goes; what an earlier run left there is removed
 * @throws Failure (exit code 2) where there is no repository, no such commit, or no project in it
 */
export async function checkOutPast(root: string, reference: string, place: string): Promise<PastTree> {
  const repository = await repositoryOf(root);
  const commit = await commitOf(root, reference);
  forget(repository, place);
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  await git(repository, ['worktree', 'add', '--detach', '--quiet', '--force', place, commit]);
  const within = relative(repository, root);
  const past = join(place, within);
  const remove = (): void => forget(repository, place);
  if (!existsSync(past)) {
    remove();
    throw new Failure({
      code: 'no-past-project',
      text: `There was no ${printable(within.split(sep).join('/'))} at ${printable(reference)}.`,
      hint: 'Name a later reference: --against HEAD~1',
    });
  }
  shareModules(root, past);
  return { root: past, reference, commit: commit.slice(0, 8), remove };
}

/** Where the past of a project goes below the cache. */
export function pastPlace(cache: string, root: string): string {
  const key = createHash('sha256').update(root).digest('hex').slice(0, 24);
  return join(cache, 'past', key, 'tree');
}

async function repositoryOf(root: string): Promise<string> {
  try {
    return (await git(root, ['rev-parse', '--show-toplevel'])).trim();
  } catch (error) {
    throw new Failure({
      code: 'no-repository',
      text: `--against compares with a git reference, and git knows no repository here${because(error)}.`,
      hint: 'Run it in a git repository.',
    });
  }
}

async function commitOf(root: string, reference: string): Promise<string> {
  try {
    // A reference that begins with a hyphen would be an option.
    return (
      await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`])
    ).trim();
  } catch {
    throw new Failure({
      code: 'no-such-reference',
      text: `git knows no commit ${JSON.stringify(printable(reference))} here.`,
      hint: 'In CI, fetch it first: `fetch-depth: 0` of actions/checkout, or `git fetch origin main`.',
    });
  }
}

/** Removes a tree, and takes it out of git's list. */
function forget(repository: string, place: string): void {
  rmSync(place, { recursive: true, force: true, maxRetries: 3 });
  try {
    execFileSync('git', ['worktree', 'prune', '--expire', 'now'], { cwd: repository, stdio: 'ignore' });
  } catch {
    // A line too many in git's list does no harm, and git prunes it by itself some day.
  }
}

/** What npm installed isn't in git; where both ask for the same, the past may use what is there. */
function shareModules(root: string, past: string): void {
  const modules = join(root, 'node_modules');
  const same = ['package.json', 'package-lock.json'].every(
    (name) => textOf(join(root, name)) === textOf(join(past, name)),
  );
  if (!same || !existsSync(modules) || lstatSync(join(past, 'node_modules'), { throwIfNoEntry: false }))
    return;
  symlinkSync(modules, join(past, 'node_modules'), 'junction');
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function git(cwd: string, args: readonly string[]): Promise<string> {
  // Hooks of the repository have no part in this.
  const { stdout } = await run('git', ['-c', 'core.hooksPath=/dev/null', ...args], {
    cwd,
    maxBuffer: 1 << 24,
  });
  return stdout;
}

function because(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).split('\n')[0]?.trim() : '';
  return said ? ` (${printable(said)})` : '';
}
