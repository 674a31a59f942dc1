import type { FileToWrite } from './operations.ts';

// https://learn.microsoft.com/windows/win32/fileio/naming-a-file: these are devices, in any folder and with any ending.
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)/i;
const forbidden = /[<>:"\\|?*\p{Cc}\p{Cs}]/u;

/**
 * What keeps a path from being the same file on every system, or null: a part that leads elsewhere, a character or a name that Windows
 * doesn't have, a dot or space at an end, which Windows drops, letters that macOS spells in another way.
 *
 * @param path relative, with `/`
 */
export function unportable(path: string): string | null {
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'it leads elsewhere';
    if (forbidden.test(part)) return 'a character that not every file system has';
    if (device.test(part)) return "a device's name on Windows";
    if (/[. ]$/.test(part)) return 'a dot or a space at the end, which Windows drops';
    if (part.normalize('NFC') !== part) return 'letters that are spelled in more than one way';
  }
  return null;
}

/**
 * A plan that leaves its folder, or that some file system can't hold, is a bug.
 *
 * @throws Error which says what the plan has
 */
export function checkPaths(files: readonly FileToWrite[]): void {
  const seen = new Map<string, 'file' | 'folder'>();
  const spelled = new Map<string, string>();
  for (const { path } of files) {
    const problem = unportable(path);
    if (problem !== null) throw new Error(`The plan has the path ${JSON.stringify(path)}: ${problem}.`);
    const parts = path.split('/');
    parts.forEach((_, index) => {
      const prefix = parts.slice(0, index + 1).join('/');
      const key = prefix.toLowerCase();
      const type = prefix === path ? 'file' : 'folder';
      const before = seen.get(key);
      if (
        before === 'file' ||
        (before === 'folder' && type === 'file') ||
        (spelled.get(key) ?? prefix) !== prefix
      )
        throw new Error(`The plan has ${JSON.stringify(prefix)} twice.`);
      seen.set(key, type);
      spelled.set(key, prefix);
    });
  }
}
