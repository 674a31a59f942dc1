import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { watch } from 'chokidar';
import type { FileChange } from './touched.ts';

/** Files that change, in batches. */
export interface Watcher {
  /** Resolves when files are watched: what changes before may not be seen. */
  readonly ready: Promise<void>;
  /** The next batch of changes; a file whose contents are what they were is none. */
  next(): Promise<readonly FileChange[]>;
  /** Takes files as they are now, so that their changes up to here are none. */
  take(files: readonly string[]): void;
  close(): Promise<void>;
}

/** What tools write beside the sources while a plugin runs or is tested. */
const ignored =
  /^(\.git|\.hg|\.svn|\.venv|venv|node_modules|__pycache__|site-packages|dist|build|\.eggs|\.tox|\.nox|\..*_cache|.*\.egg-info)$|\.(pyc|pyo|swp|swx|tmp)$|~$|^4913$/;

/** Editors save a file in several steps, and people save several files at once. In milliseconds. */
const settling = 20;
/** A file that is larger counts as changed whenever it was written. */
const largest = 4_000_000;

/**
 * Watches the files of a project, but for those that git ignores and those that tools leave behind.
 *
 * @param root absolute
 * @param others files that this program writes itself, absolute
 */
export function startWatcher(root: string, others: readonly string[]): Watcher {
  const own = new Set(others);
  const hashes = new Map<string, string | null>();
  /** By path, whether the first that was heard of it is that it came. */
  const pending = new Map<string, boolean>();
  let wake: (() => void) | null = null;
  let timer: NodeJS.Timeout | null = null;
  const watcher = watch(root, {
    ignoreInitial: true,
    ignored: (path) =>
      path !== root && (ignored.test(basename(path)) || existsSync(join(path, 'pyvenv.cfg'))),
  });
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir' || own.has(path)) return;
    if (!pending.has(path)) pending.set(path, event === 'add');
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => wake?.(), settling);
  });
  // A folder that can't be read is no reason to end: what can be read is watched.
  watcher.on('error', () => {});
  const ready = new Promise<void>((resolve) => {
    watcher.on('ready', () => resolve());
  });
  return {
    ready,
    async next() {
      for (;;) {
        if (pending.size === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = null;
        }
        const heard = [...pending];
        pending.clear();
        const changed = heard.flatMap(([path, came]) => {
          const now = hashOf(path);
          const before = hashes.get(path);
          hashes.set(path, now);
          // What came and went is what an editor writes beside a file before it takes its place.
          return before === now || (came && now === null) ? [] : [path];
        });
        const changes = await notIgnored(root, changed);
        if (changes.length > 0) return changes;
      }
    },
    take(files) {
      for (const file of files) hashes.set(file, hashOf(file));
    },
    close: () => watcher.close(),
  };
}

/** Null where there is no file. */
function hashOf(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > largest) return `large ${Date.now()}`;
    return createHash('sha1').update(bytes).digest('hex');
  } catch {
    return null;
  }
}

/** Without what git ignores; all of them where git has no say. */
async function notIgnored(root: string, files: readonly string[]): Promise<readonly FileChange[]> {
  if (files.length === 0) return [];
  const named = files.map((file) => relative(root, file).split(sep).join('/'));
  const output = await new Promise<string>((resolve) => {
    const child = execFile('git', ['check-ignore', '-z', '--stdin'], { cwd: root }, (_, stdout) =>
      resolve(stdout),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(named.join('\0'));
  });
  const left = new Set(output.split('\0'));
  return named
    .filter((path) => !left.has(path))
    .map((path) => ({ path, gone: !existsSync(join(root, path)) }));
}
