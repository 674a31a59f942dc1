import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { watch } from 'chokidar';
import { slashed } from '../replay/sample-search.ts';
import type { FileChange } from './touched.ts';

/** Files that change, in batches. */
export interface Watcher {
  /** Resolves when files are watched: what changes before may not be seen. */
  readonly ready: Promise<void>;
  /** How many changes were heard of so far, of any file. */
  readonly heard: number;
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
/** The first part of it: after that there seldom is more. */
const calming = 5;
/** A file that is larger counts as changed whenever it was written. */
const largest = 4_000_000;

/**
 * Watches the files of a project, but for those that git ignores and those that tools leave behind.
 *
 * @param root absolute
 * @param others files that this program writes itself, absolute
 * @param onCalm called when the last change of a batch was most likely heard of, before the batch comes: while files settle there is time
 */
export function startWatcher(root: string, others: readonly string[], onCalm: () => void): Watcher {
  const own = new Set(others);
  const hashes = new Map<string, string | null>();
  /** By path, whether the first that was heard of it is that it came. */
  const pending = new Map<string, boolean>();
  let gitsSay: GitsSay | null = null;
  let heard = 0;
  let wake: (() => void) | null = null;
  let calm: NodeJS.Timeout | null = null;
  let timer: NodeJS.Timeout | null = null;
  const watcher = watch(root, {
    ignoreInitial: true,
    ignored: (path) =>
      path !== root && (ignored.test(basename(path)) || existsSync(join(path, 'pyvenv.cfg'))),
  });
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir' || own.has(path)) return;
    heard += 1;
    if (!pending.has(path)) {
      pending.set(path, event === 'add');
      // Git takes its time while the files settle.
      gitsSay ??= askGit(root);
      gitsSay.about(path);
    }
    if (calm !== null) clearTimeout(calm);
    if (timer !== null) clearTimeout(timer);
    calm = setTimeout(onCalm, calming);
    timer = setTimeout(() => wake?.(), settling);
  });
  // A folder that can't be read is no reason to end: what can be read is watched.
  watcher.on('error', () => {});
  const ready = new Promise<void>((resolve) => {
    watcher.on('ready', () => resolve());
  });
  return {
    ready,
    get heard() {
      return heard;
    },
    async next() {
      for (;;) {
        if (pending.size === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = null;
        }
        const batch = [...pending];
        pending.clear();
        const git = gitsSay;
        gitsSay = null;
        const ignoredByGit = (await git?.end()) ?? new Set();
        const changes = batch.flatMap(([path, came]) => {
          const now = hashOf(path);
          const before = hashes.get(path);
          hashes.set(path, now);
          // What came and went is what an editor writes beside a file before it takes its place.
          if (before === now || (came && now === null) || ignoredByGit.has(path)) return [];
          return [{ path: slashed(relative(root, path)), gone: now === null && !existsSync(path) }];
        });
        if (changes.length > 0) return changes;
      }
    },
    take(files) {
      for (const file of files) hashes.set(file, hashOf(file));
    },
    async close() {
      await Promise.all([watcher.close(), gitsSay?.end()]);
    },
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

/** Which files git ignores, asked of one process about one after the other. */
interface GitsSay {
  /** @param file absolute, below the root */
  about(file: string): void;
  /** Those of the files that it ignores, absolute; none where git has no say. */
  end(): Promise<ReadonlySet<string>>;
}

function askGit(root: string): GitsSay {
  let stdin: Writable | null = null;
  const output = new Promise<string>((resolve) => {
    ({ stdin } = execFile('git', ['check-ignore', '-z', '--stdin'], { cwd: root }, (_, stdout) =>
      resolve(stdout),
    ));
    stdin?.on('error', () => {});
  });
  return {
    about: (file) => stdin?.write(`${slashed(relative(root, file))}\0`),
    async end() {
      stdin?.end();
      const ignoredOnes = (await output).split('\0').filter((path) => path !== '');
      return new Set(ignoredOnes.map((path) => join(root, path)));
    },
  };
}
