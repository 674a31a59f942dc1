import { accessSync, constants, lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';

/** Names the cache folder itself; without it, a folder of this tool's in the platform's place for caches. */
const cacheVariable = 'CREATE_DSTACK_PLUGIN_CACHE';

const folderName = 'create-dstack-plugin';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where kept environments lie: an absolute path, whether or not there is anything. */
export function cachePath(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const own = env[cacheVariable];
  if (own !== undefined && own !== '') return resolve(own);
  // The XDG specification has relative paths ignored.
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, folderName);
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), folderName, 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', folderName);
  return join(home, '.cache', folderName);
}

/**
 * Makes the cache folder if it isn't there (mode 0700) and returns its real path. What lies in it is run as code, so it must be a real
 * directory, belong to this user, be closed to others, and be writable; else a {@link Failure} (exit code 3) says which it isn't.
 */
export function openCache(path: string = cachePath()): string {
  makeFolder(path);
  const refused = refusal(path, lstatSync(path));
  if (refused !== null) throw unusable(path, refused.reason, refused.hint);
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch {
    throw unusable(path, "it can't be written to");
  }
  return realpathSync(path);
}

/** The cache folder's real path if it is there and may be trusted, else null. Nothing is made and nothing is thrown. */
export function existingCache(path: string = cachePath()): string | null {
  try {
    return refusal(path, lstatSync(path)) === null ? realpathSync(path) : null;
  } catch {
    return null;
  }
}

function makeFolder(path: string): void {
  try {
    makeFoldersAbove(path);
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST' && exists(path)) return;
    const inTheWay = code === 'EEXIST' || code === 'ENOTDIR';
    throw unusable(
      path,
      inTheWay ? 'a file is in the place of a folder above it' : `it can't be made (${String(code)})`,
    );
  }
}

/** Node's own `recursive` never returns where a folder refuses a new one with ENOENT, as those below /proc do. */
function makeFoldersAbove(path: string): void {
  const above = dirname(path);
  if (above === path || exists(above)) return;
  makeFoldersAbove(above);
  try {
    mkdirSync(above);
  } catch (error) {
    if (!exists(above)) throw error; // else another run has just made it
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function refusal(path: string, found: Stats): { readonly reason: string; readonly hint?: string } | null {
  if (found.isSymbolicLink()) return { reason: 'it is a symbolic link' };
  if (!found.isDirectory())
    return { reason: 'a file is in its place', hint: `Remove ${path}, or ${elsewhere}` };
  if (process.getuid === undefined) return null; // Windows keeps other users out of a profile by itself.
  if (found.uid !== process.getuid()) return { reason: `it belongs to another user (uid ${found.uid})` };
  if ((found.mode & 0o077) !== 0) {
    return { reason: 'it is open to other users', hint: `Close it with: chmod 700 ${path}` };
  }
  return null;
}

const elsewhere = `set XDG_CACHE_HOME or ${cacheVariable} to a folder of your own.`;

function unusable(path: string, reason: string, hint?: string): Failure {
  return new Failure({
    code: 'cache-unusable',
    text: `The cache folder ${path} can't be used: ${reason}.`,
    exitCode: ExitCode.cannotRun,
    hint: hint ?? elsewhere.replace('set', 'Set'),
  });
}
