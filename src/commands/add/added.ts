import { posix } from 'node:path';
import type { Addition, ByHand } from '../../scaffold/add/addition.ts';
import type { Project } from '../../scaffold/add/project.ts';
import { listing } from '../../scaffold/listing.ts';
import type { Operation } from '../../scaffold/operations.ts';
import { recordPath } from '../../scaffold/record.ts';
import { serviceFolder } from '../../scaffold/service/service-files.ts';
import { broken } from '../../terminal/broken.ts';
import { printable } from '../../terminal/printable.ts';

/**
 * What was added, or would be, at most `columns` wide but for paths.
 *
 * @param what in words; null: the person was asked, and chose nothing
 */
export function addedText(
  project: Project,
  what: string | null,
  { notes }: Addition,
  operations: readonly Operation[],
  { written, columns }: { readonly written: boolean; readonly columns: number },
): string {
  const name = printable(project.answers.name);
  // The record is the tool's own, and is spoken of nowhere else.
  const shown = operations.filter(({ file }) => file.path !== recordPath);
  const busy = shown.some(({ operation }) => operation !== 'skip' && operation !== 'keep');
  const first = !busy
    ? `Nothing to do: ${what === null ? 'no policy was chosen' : `${name} has ${what} already`}.`
    : written
      ? `Added ${what} to ${name}.`
      : `Would add ${what} to ${name}. This is a dry run: nothing was written.`;
  return [
    ...[first, ...notes].flatMap((text) => broken(text, columns)),
    ...(busy ? ['', ...listing(shown).map((line) => `  ${line}`)] : []),
    ...(busy && written ? ['', 'Next:', '', ...nextCommands(project, what).map((line) => `  ${line}`)] : []),
    '',
  ].join('\n');
}

/**
 * The commands to go on with.
 *
 * @param what was added, in words
 */
export function nextCommands({ shown, record }: Project, what: string | null): readonly string[] {
  const folder = what === 'rest' ? posix.join(shown, serviceFolder) : shown;
  return [...(folder === '.' ? [] : [`cd ${folder}`]), `npx create-dstack-plugin@${record.tool} test`];
}

/** What is left to be done, for the failure that says so. */
export function byHandText(byHand: readonly ByHand[]): string {
  return byHand
    .map(({ path, what, lines }) =>
      [`${printable(path)} ${what}`, ...lines.map((line) => `    ${printable(line)}`)].join('\n'),
    )
    .join('\n');
}
