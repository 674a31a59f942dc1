import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Puts a text, whole or in pieces, in a file's place in one step: a reader sees all of it or what was there before, and so does the next run
 * after an interruption. A link keeps pointing at its file; a device or a pipe is written to, never replaced. Folders that it lacks are made.
 *
 * @throws what the file system says, or the maker of the pieces; then the file is as it was
 */
export function replaceFile(path: string, text: string | Generator<string>): void {
  const known = existing(path);
  if (known !== null && !known.isFile()) {
    write(path, 'w', text);
    return;
  }
  const place = known === null ? path : realpathSync(path);
  mkdirSync(dirname(place), { recursive: true });
  const temporary = join(
    dirname(place),
    `.${basename(place).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    write(temporary, 'wx', text);
    if (known !== null) chmodSync(temporary, known.mode);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A text as it is, or pieces of one put together, so that each is worth its writing. */
export function* chunks(text: string | Generator<string>): Generator<string> {
  if (typeof text === 'string') {
    yield text;
    return;
  }
  let chunk = '';
  for (const piece of text) {
    chunk += piece;
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

const chunkCharacters = 65_536;

function write(path: string, flag: 'w' | 'wx', text: string | Generator<string>): void {
  const file = openSync(path, flag);
  try {
    for (const chunk of chunks(text)) writeFileSync(file, chunk);
  } finally {
    closeSync(file);
  }
}

function existing(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
