import { printable } from '../terminal/printable.ts';
import { type Blocked, bytesOf, type Conflict, type Operation } from './operations.ts';

/** A line for each operation: what is done, to which file, how large, and what there is to know. Safe to print. */
export function listing(operations: readonly Operation[]): readonly string[] {
  const verbs = Math.max(0, ...operations.map(({ operation }) => operation.length));
  const paths = Math.max(0, ...operations.map(({ file }) => printable(file.path).length));
  return operations.map((operation) => {
    const path = printable(operation.file.path).padEnd(paths);
    const note = noteOf(operation);
    const size = sizeText(bytesOf(operation.file)).padStart('1023 bytes'.length);
    return `${operation.operation.padEnd(verbs)}  ${path}  ${size}${note === null ? '' : `  ${note}`}`;
  });
}

function noteOf(operation: Operation): string | null {
  switch (operation.operation) {
    case 'create':
    case 'update':
      return null;
    case 'skip':
      return 'there already';
    case 'conflict':
    case 'blocked':
      return whyNot(operation);
    case 'keep':
      return 'what is there stays';
    case 'replace':
      return `what is there becomes ${printable(operation.backup)}`;
    case 'new':
      return operation.already
        ? `there already as ${printable(operation.beside)}`
        : `as ${printable(operation.beside)}`;
  }
}

/** What is in a file's way, safe to print. */
export function whyNot(operation: Conflict | Blocked): string {
  const name = printable(operation.foundAt);
  if (operation.operation === 'blocked') {
    switch (operation.because) {
      case 'no-folder':
        return `${name} isn't a folder`;
      case 'link-out':
        return `${name} is a symbolic link that leads out of the folder`;
      case 'link-to-nothing':
        return `${name} is a symbolic link that leads nowhere`;
      case 'case':
        return `${name} is there, and names that differ in their case alone are one here`;
    }
  }
  if (operation.foundAt !== operation.file.path) return `${name} is there, which is the same name here`;
  switch (operation.found.type) {
    case 'file':
      return `another file is there (${sizeText(operation.found.size)})`;
    case 'folder':
      return 'a folder is there';
    case 'link':
      return `a symbolic link to ${printable(operation.found.to)} is there`;
    case 'other':
      return 'something is there that is no regular file';
  }
}

/** A size for people: `812 bytes`, `1.4 kB`, `20.5 MB`. */
export function sizeText(bytes: number): string {
  if (bytes === 1) return '1 byte';
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
