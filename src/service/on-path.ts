import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program of this name is in a folder of PATH. */
export function isOnPath(name: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  const windows = process.platform === 'win32';
  const path = Object.entries(environment).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  return path
    .split(delimiter)
    .filter(Boolean)
    .some((folder) => isExecutable(join(folder, windows ? `${name}.exe` : name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
