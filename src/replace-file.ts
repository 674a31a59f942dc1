import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Puts a text in a file's place in one step: a reader sees all of it or what was there before, and so does the next run after an interruption.
 * A link keeps pointing at its file; a device or a pipe is written to, never replaced. Folders that it lacks are made.
 *
 * @throws what the file system says; then the file is as it was
 */
export function replaceFile(path: string, text: string): void {
  const known = existing(path);
  if (known !== null && !known.isFile()) {
    writeFileSync(path, text);
    return;
  }
  const place = known === null ? path : realpathSync(path);
  mkdirSync(dirname(place), { recursive: true });
  const temporary = join(
    dirname(place),
    `.${basename(place).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    if (known !== null) chmodSync(temporary, known.mode);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function existing(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
