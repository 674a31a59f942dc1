import { lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { manifestPath } from '../engine/memo.ts';

/** An environment that is kept in the cache. */
export interface KeptEnvironment {
  readonly folder: string;
  readonly dstack: string;
  /** The folder of the project that it was made for; null: it holds dstack alone, for all projects. */
  readonly project: string | null;
  /** When it was last used. */
  readonly used: Date;
  readonly bytes: number;
}

/** The environments in a cache folder, the one used last first. Nothing in them is run. */
export function keptEnvironments(cache: string): readonly KeptEnvironment[] {
  return namesIn(join(cache, 'engines'))
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => environmentIn(join(cache, 'engines', name)) ?? [])
    .sort((a, b) => b.used.getTime() - a.used.getTime());
}

/** Days after which `doctor --prune` removes an environment that nobody used. */
export const keptDays = 30;

/** The environments that weren't used for {@link keptDays} days before `now`. */
export function unusedEnvironments(
  environments: readonly KeptEnvironment[],
  now: Date,
): readonly KeptEnvironment[] {
  const oldest = now.getTime() - keptDays * 24 * 3_600_000;
  return environments.filter(({ used }) => used.getTime() < oldest);
}

/** Removes an environment; a run that is about to use it makes a new one. */
export function removeEnvironment({ folder }: KeptEnvironment): void {
  // Without its manifest it counts as none, so that what is half removed is never used.
  rmSync(manifestPath(folder), { force: true });
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** What a folder takes on the disk, in bytes; hard links, which uv makes to its own cache, count in full. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    bytes += found.isDirectory() ? bytesIn(path) : found.size;
  }
  return bytes;
}

function environmentIn(folder: string): KeptEnvironment | null {
  const manifest = manifestPath(folder);
  try {
    const { root, engine } = JSON.parse(readFileSync(manifest, 'utf8')) as { root: string; engine: Engine }; // only written by the engine's build
    return {
      folder,
      dstack: engine.dstack,
      project: engine.plugins.length === 0 ? null : root,
      used: statSync(manifest).mtime,
      bytes: bytesIn(folder),
    };
  } catch {
    // Somebody is removing it, or it is of another release.
    return null;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
