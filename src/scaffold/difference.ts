import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import type { FileToWrite, Operation } from './operations.ts';
import type { Entry } from './snapshot.ts';

/** Past this many lines that differ, a patch is no help, and finding the shortest takes long. */
const mostEdits = 5000;

/**
 * A unified patch, as `git apply` and `patch -p1` take it, that does to the folder what an operation does to a file's own place. What stays
 * as it is has none; what can't be written as text (a folder in the way, bytes that are no UTF-8) is a line that both programs pass over.
 *
 * @returns text that ends with a line feed, or nothing; not safe to print on a terminal as it stands
 */
export function patchOf(operation: Operation): string {
  const { file } = operation;
  switch (operation.operation) {
    case 'skip':
    case 'keep':
    case 'blocked':
      return '';
    case 'create':
      return patchOfNew(file, file.path);
    case 'new':
      return operation.already ? '' : patchOfNew(file, operation.beside);
    case 'conflict':
    case 'update':
    case 'replace': {
      const before = textOf(operation.found);
      const same = operation.foundAt === file.path;
      if (before === null || !same) return `Not shown: ${file.path}, for ${whatIsThere(operation.found)}\n`;
      return patchBetween(file, before);
    }
  }
}

function patchOfNew(file: FileToWrite, path: string): string {
  const patch = structuredPatch('/dev/null', `b/${path}`, '', file.contents, undefined, undefined, {
    context: 3,
  });
  const newMode = file.executable === true ? '100755' : '100644';
  return formatPatch({ ...patch, isGit: true, isCreate: true, newMode });
}

function patchBetween(file: FileToWrite, before: string): string {
  const names = [`a/${file.path}`, `b/${file.path}`] as const;
  const options = { context: 3, maxEditLength: mostEdits };
  const patch = structuredPatch(...names, before, file.contents, undefined, undefined, options);
  return patch === undefined
    ? `Not shown: ${file.path}, which differs in thousands of lines\n`
    : formatPatch(patch, FILE_HEADERS_ONLY);
}

/** The text in a file, or null where there is none. */
function textOf(entry: Entry): string | null {
  if (entry.type !== 'file' || entry.bytes === null || entry.bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.bytes);
  } catch {
    return null;
  }
}

function whatIsThere(entry: Entry): string {
  switch (entry.type) {
    case 'folder':
      return 'a folder is there';
    case 'link':
      return 'a symbolic link is there';
    case 'other':
      return 'something is there that is no regular file';
    case 'file':
      return 'what is there is no text, is too large, or has another name';
  }
}
