import { diff3Merge } from 'node-diff3';
import { at } from '../../target/pyproject.ts';
import type { FileToWrite } from '../operations.ts';
import { parsePython } from '../python/syntax.ts';
import { hashOf } from '../record.ts';
import { type Addition, type ByHand, together } from './addition.ts';
import { graftToml } from './graft-toml.ts';
import { graftYaml } from './graft-yaml.ts';
import type { Project } from './project.ts';

/**
 * What becomes of a project's files when what it is made from has more: new ones are added, those that nobody has edited are generated
 * anew, and into edited ones goes what is new, where that is safe.
 *
 * @param before the files as the record's answers generate them
 * @param after the files as they would be now
 * @param wired a file that gets what is new by other means
 */
export function regenerate(
  project: Project,
  before: readonly FileToWrite[],
  after: readonly FileToWrite[],
  wired: string | null,
): Addition {
  const old = new Map(before.map((file) => [file.path, file.contents]));
  return together(
    after
      .filter((file) => old.get(file.path) !== file.contents)
      .map((file) => fileNow(project, old.get(file.path) ?? null, file, wired)),
  );
}

function fileNow(
  project: Project,
  before: string | null,
  after: FileToWrite,
  wired: string | null,
): Addition {
  const there = project.read(after.path);
  const { path } = after;
  if (there === null) {
    // Who has removed a sample's expectation doesn't want it back; anything else is needed.
    const unwanted = before !== null && path.endsWith('.expected.yml');
    return unwanted ? one({ notes: [`${path} was removed, so it stays so.`] }) : one({ files: [after] });
  }
  if (before === null) return shared.has(path) ? withMore(path, there, after) : one({ files: [after] });
  if (project.record.files[path] === hashOf(there))
    return one({ files: [{ ...after, contents: lineEndsOf(there, after.contents), replaces: there }] });
  if (path === wired) return one({});
  if (path.endsWith('.expected.yml')) {
    return one({ notes: [`${path} was edited, so it stays as it is: look at what the test says of it.`] });
  }
  const text = there.replaceAll('\r\n', '\n');
  const edited =
    graft(path, text, before, after.contents) ?? merged(project, path, text, before, after.contents);
  if (edited === null) return one({ byHand: [asPatch(path, before, after.contents)] });
  if (edited === text) return one({});
  return one({ files: [{ ...after, contents: lineEndsOf(there, edited), replaces: there }] });
}

/** Files that a project has one of, whatever is in it, and what tells their items apart. */
const shared: ReadonlyMap<string, (item: unknown) => string> = new Map([
  ['.gitlab-ci.yml', (item) => JSON.stringify(item)],
  ['.pre-commit-config.yaml', hooksOf],
]);

/** A repository of hooks is the one that it is by its hooks: its version moves. */
function hooksOf(item: unknown): string {
  const hooks = typeof item === 'object' && item !== null && 'hooks' in item ? item.hooks : null;
  return JSON.stringify(Array.isArray(hooks) ? hooks.map((hook: unknown) => at(hook, 'id')) : item);
}

function withMore(path: string, there: string, after: FileToWrite): Addition {
  const edited = graftYaml(
    there.replaceAll('\r\n', '\n'),
    after.contents,
    shared.get(path) ?? JSON.stringify,
  );
  if (edited === null) {
    const lines = after.contents.trimEnd().split('\n');
    return one({ byHand: [{ path, what: "can't take what is new as it stands. Add:", lines }] });
  }
  const contents = lineEndsOf(there, edited);
  return one(contents === there ? {} : { files: [{ ...after, contents, replaces: there }] });
}

function one(addition: Partial<Addition>): Addition {
  return { files: [], byHand: [], notes: [], ...addition };
}

function graft(path: string, text: string, before: string, after: string): string | null {
  return path.endsWith('.toml') ? graftToml(text, before, after) : null;
}

/** As Git merges: only where the version before is the one that was generated, and nobody has edited where something is new. */
function merged(project: Project, path: string, text: string, before: string, after: string): string | null {
  if (project.record.files[path] !== hashOf(before)) return null;
  const lines = (contents: string): string[] => contents.split('\n');
  const regions = diff3Merge(lines(text), lines(before), lines(after));
  const result: string[] = [];
  for (const { ok, conflict } of regions) {
    if (conflict !== undefined || ok === undefined) return null;
    result.push(...ok);
  }
  const contents = result.join('\n');
  if (path.endsWith('.py') && parsePython(contents).errors > parsePython(text).errors) return null;
  return contents;
}

/** The lines that are new, each with the one before it where it stands in the generated file. */
function asPatch(path: string, before: string, after: string): ByHand {
  const known = new Set(before.split('\n'));
  const lines = after.split('\n').filter((line) => !known.has(line));
  return { path, what: 'was edited where something is new. Add what it would have had:', lines };
}

/** A text with the line ends that another one has. */
export function lineEndsOf(there: string, contents: string): string {
  return there.includes('\r\n') ? contents.replaceAll('\n', '\r\n') : contents;
}
