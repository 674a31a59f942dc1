import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';

/** The group of entry points in which dstack looks for plugins. */
export const pluginGroup = 'dstack.plugins';

/** The folder itself and all above it, nearest first. */
export function* upwards(folder: string): Generator<string> {
  let current = folder;
  for (;;) {
    yield current;
    const above = dirname(current);
    if (above === current) return;
    current = above;
  }
}

/** Whether the files of a folder speak of dstack's group at all: a cheap test, before anything is parsed. */
export function mentionsPlugins(folder: string): boolean {
  return ['pyproject.toml', 'setup.cfg', 'setup.py', 'entry_points.txt'].some((name) =>
    textOf(join(folder, name))?.includes(pluginGroup),
  );
}

/** The folder to start from, with symbolic links resolved. */
export function startingFolder(from: string): string {
  try {
    const real = realpathSync(from);
    return statSync(real).isDirectory() ? real : dirname(real);
  } catch (error) {
    throw new Failure({
      code: 'no-folder',
      text: `The folder ${from} can't be opened: ${error instanceof Error ? error.message : String(error)}.`,
    });
  }
}

/** The text of a file, or null where there is none that can be read. */
export function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
