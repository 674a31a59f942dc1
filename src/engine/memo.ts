import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Configuration } from '../target/configuration.ts';
import { configurationFile, dependencyFilesIn } from '../target/dependency-files.ts';
import { mentionsPlugins, startingFolder, upwards } from '../target/folders.ts';
import type { Target } from '../target/target.ts';
import { cachePath, existingCache } from './cache.ts';
import { distinct } from './dstack-list.ts';
import type { Engine, EngineFlags } from './engine.ts';
import { type FileHashes, hashFiles, layout, sha256 } from './environment-key.ts';

/** What is remembered of a project: what was read from its files, and the environment that was made for it. */
export interface Memo {
  readonly layout: number;
  /** The dependency files and the configuration, as they were then. */
  readonly files: FileHashes;
  readonly target: Target;
  readonly configuration: Configuration;
  readonly engine: Engine;
  /** The version, where it was resolved as the newest that the project allows. */
  readonly resolved: string | null;
}

/** The flags that choose the environments of a run. */
export interface EnginesFlags {
  /** Empty: what the configuration or the project says. */
  readonly dstack: readonly string[];
  readonly python: string | null;
  readonly serverChecks?: boolean;
  readonly bare?: boolean;
}

export interface KeptRun {
  readonly target: Target;
  readonly configuration: Configuration;
  readonly engines: readonly [Engine, ...Engine[]];
}

/** Raised when a memo holds something else than before, such as a new key of the configuration. */
const memoForm = 4;

/**
 * All that a run needs, if nothing has changed since the last one from the same project with the same flags, else null. It only compares
 * bytes (no TOML, no YAML, no process), so that a worker can be started before anything else is loaded.
 *
 * @param from the folder that the run was started in
 */
export function keptRun(from: string, flags: EnginesFlags): KeptRun | null {
  const cache = existingCache(cachePath());
  if (cache === null) return null;
  const [dstack = null] = flags.dstack;
  for (const folder of upwards(startingFolder(from))) {
    const memo = readMemo(cache, folder, { ...flags, dstack });
    if (memo !== null) return isCurrent(memo) ? withOthers(cache, memo, flags) : null;
    if (mentionsPlugins(folder) || existsSync(join(folder, configurationFile))) return null;
  }
  return null;
}

/** The run of a project whose first environment is current: with the others that the flags or the configuration name, if all are. */
function withOthers(cache: string, first: Memo, flags: EnginesFlags): KeptRun | null {
  const { target, configuration } = first;
  const list = flags.dstack.length > 0 ? flags.dstack : configuration.dstack;
  const engines: [Engine, ...Engine[]] = [used(first)];
  for (const dstack of distinct(list).slice(1)) {
    const memo = readMemo(cache, target.root, { ...flags, dstack });
    if (memo === null || !isCurrent(memo)) return null;
    // What can't be told apart is refused where it is prepared.
    const same = engines.find((engine) => engine.dstack === memo.engine.dstack);
    if (same !== undefined && (same.reference ?? null) !== (memo.engine.reference ?? null)) return null;
    if (same === undefined) engines.push(used(memo));
  }
  return { target, configuration, engines };
}

/** The memo of a project, current or not; null where there is none that this release can read. */
export function readMemo(cache: string, root: string, flags: EngineFlags): Memo | null {
  try {
    const memo = JSON.parse(readFileSync(memoPath(cache, root, flags), 'utf8')) as Memo; // only written by writeMemo
    return memo.layout === layout && memo.target.root === root ? memo : null;
  } catch {
    return null;
  }
}

/** Whether the files are what they were when the memo was written, and its environment is still there. */
export function isCurrent(memo: Memo): boolean {
  const { root } = memo.target;
  const now = hashFiles(root, [...new Set([...Object.keys(memo.files), ...dependencyFilesIn(root)])]);
  const same = Object.entries(now).every(([file, hash]) => memo.files[file] === hash);
  return same && existsSync(memo.engine.python) && existsSync(manifestPath(memo.engine.folder));
}

/** The hashes that a memo of a target holds. */
export function memoFiles(target: Target): FileHashes {
  return hashFiles(target.root, [...target.dependencyFiles, configurationFile]);
}

export function writeMemo(cache: string, flags: EngineFlags, memo: Memo): void {
  const path = memoPath(cache, memo.target.root, flags);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, JSON.stringify(memo), { mode: 0o600 });
  renameSync(beside, path);
}

/** Where the memo of a project and flags lies; its lock lies beside it. */
export function memoPath(cache: string, root: string, flags: EngineFlags): string {
  const decisive = [
    memoForm,
    root,
    flags.dstack,
    flags.python,
    flags.serverChecks === true ? 'server,aws' : false,
    ...(flags.bare === true ? ['bare'] : []),
  ];
  return join(cache, 'projects', `${sha256(JSON.stringify(decisive)).slice(0, 40)}.json`);
}

/** The file in an environment's folder that tells what it is; its time of change is when the environment was last used. */
export function manifestPath(folder: string): string {
  return join(folder, 'engine.json');
}

function used(memo: Memo): Engine {
  markUsed(memo.engine);
  return { ...memo.engine, installed: false };
}

/** Notes that an environment is used now, and so the one that it was made upon, at most once an hour. */
export function markUsed({ folder, base }: Pick<Engine, 'folder' | 'base'>): void {
  for (const used of base == null ? [folder] : [folder, base]) {
    try {
      const now = new Date();
      if (now.getTime() - statSync(manifestPath(used)).mtimeMs > 3_600_000)
        utimesSync(manifestPath(used), now, now);
    } catch {
      // A cache that is read-only by now still serves.
    }
  }
}
