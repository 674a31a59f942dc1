import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { conflictFailure } from '../../src/scaffold/conflicts.ts';
import type { FileSystem } from '../../src/scaffold/file-system.ts';
import {
  allDecided,
  type FileToWrite,
  type Operation,
  type Resolution,
} from '../../src/scaffold/operations.ts';
import { settle } from '../../src/scaffold/settle.ts';
import { carryOut } from '../../src/scaffold/write.ts';

interface Writing {
  readonly shown?: string;
  readonly onConflict?: Resolution;
  readonly fileSystem?: FileSystem;
}

/** What `create` does with a plan, without a person and without a report. */
export async function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  { shown = directory, onConflict, fileSystem }: Writing = {},
): Promise<readonly Operation[]> {
  const settling = { onConflict: onConflict ?? null, prompts: null, show: () => {} };
  const operations = await settle({ directory, shown }, files, settling);
  if (!allDecided(operations)) throw conflictFailure(operations, shown);
  await carryOut(directory, operations, { shown, ...(fileSystem === undefined ? {} : { fileSystem }) });
  return operations;
}

/** Everything in a folder, with its type, its mode, and what is in it or where it leads. */
export function stateOf(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    ['.', ...paths].map((path) => {
      const place = join(folder, path);
      const stats = lstatSync(place);
      const mode = (stats.mode & 0o7777).toString(8);
      if (stats.isSymbolicLink()) return [path, `link ${readlinkSync(place)}`];
      if (stats.isDirectory()) return [path, `folder ${mode}`];
      return [path, `file ${mode} ${stats.isFile() ? readFileSync(place, 'utf8') : ''}`];
    }),
  );
}
