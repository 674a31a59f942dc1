import { createHash } from 'node:crypto';
import type { Answers } from './answers.ts';
import type { FileToWrite } from './operations.ts';

/** The file in a generated project that says what it was made from; `schemas/record-1.json` describes it. */
export const recordPath = '.create-dstack-plugin.json';

/** What of a project this tool wrote: all of it, or what was added to one that was there. */
export type Scope = 'project' | 'additions';

/** What a project was made from. */
export interface ProjectRecord {
  /** The version of this tool that wrote the files. */
  readonly tool: string;
  readonly scope: Scope;
  readonly answers: Omit<Answers, 'tool'>;
  /** By path: the hash of each file as it was generated, see {@link hashOf}. */
  readonly files: Readonly<Record<string, string>>;
}

const comment =
  'What create-dstack-plugin made this project from, and how each file was then: it leaves alone what was edited since.';

/** The record of a plan. Pure: the same answers and files give the same record. */
export function recordOf(
  { tool, ...answers }: Answers,
  files: readonly FileToWrite[],
  scope: Scope = 'project',
): ProjectRecord {
  const hashes = files.map(({ path, contents }) => [path, hashOf(contents)] as const);
  return { tool, scope, answers, files: Object.fromEntries(hashes) };
}

/** The record as it stands in the project: keys in a fixed order, files sorted, two spaces deep. */
export function recordFile({ tool, scope, answers, files }: ProjectRecord): FileToWrite {
  const document = {
    $comment: comment,
    schema: 1,
    tool,
    scope,
    answers: {
      kind: answers.kind,
      language: answers.language,
      name: answers.name,
      module: answers.module,
      description: answers.description,
      author: answers.author,
      policies: answers.policies,
      parts: answers.parts,
      dstack: answers.dstack,
    },
    files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return { path: recordPath, contents: `${JSON.stringify(document, null, 2)}\n` };
}

/** The hash of a file's contents. Line ends don't count: Git may have changed them on the way. */
export function hashOf(contents: string): string {
  return `sha256-${createHash('sha256').update(contents.replaceAll('\r\n', '\n')).digest('hex')}`;
}
