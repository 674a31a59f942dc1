import { lstatSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Whether names that differ in their case alone are two names in a folder. Found out without writing anything: the folder's own name, or
 * that of the nearest folder above that has letters in it, is looked up in the other case.
 *
 * @param directory absolute; needn't be there
 */
export function isCaseSensitive(directory: string, platform: NodeJS.Platform = process.platform): boolean {
  for (let folder = directory; dirname(folder) !== folder; folder = dirname(folder)) {
    const name = basename(folder);
    const other = swapped(name);
    const known = look(folder);
    if (known === null || other === name) continue;
    const found = look(join(dirname(folder), other));
    return found === null || found.ino !== known.ino || found.dev !== known.dev;
  }
  return platform !== 'darwin' && platform !== 'win32';
}

function swapped(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

function look(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
