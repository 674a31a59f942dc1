import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../target/target.ts';

/** Raised when environments are laid out in another way, so that older ones are left alone. */
export const layout = 1;

/** The hashes of files below a root, by their relative path; null where a file isn't there. */
export type FileHashes = Readonly<Record<string, string | null>>;

/** Hashes the bytes of files; one that can't be read counts as absent. */
export function hashFiles(root: string, files: readonly string[]): FileHashes {
  return Object.fromEntries(files.map((file) => [file, hashOf(join(root, file))]));
}

export interface KeyInput {
  readonly target: Target;
  readonly files: FileHashes;
  readonly dstack: string;
  /** The requirement, where it isn't for a version of the index. */
  readonly reference: string | null;
  readonly python: string;
}

/** The name of an environment's folder: readable, and with a hash of all that decides its contents. */
export function environmentName({ target, files, dstack, reference, python }: KeyInput): string {
  const root = target.kind === 'rest' ? null : target.root;
  const decisive = JSON.stringify([layout, root, files, dstack, reference, python]);
  const readable = `${target.kind === 'rest' ? 'dstack' : target.name}-${dstack}`
    .replaceAll(/[^A-Za-z0-9.+_-]/g, '_')
    .slice(0, 60);
  return `${readable}-${sha256(decisive).slice(0, 20)}`;
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hashOf(file: string): string | null {
  try {
    return sha256(readFileSync(file));
  } catch {
    return null;
  }
}
