import type { Decision } from '../../scaffold/decide.ts';
import type { Operation } from '../../scaffold/operations.ts';
import { broken } from '../../terminal/broken.ts';
import { printable } from '../../terminal/printable.ts';
import { shellQuote } from '../../terminal/shell.ts';
import { installers, type Step } from './steps.ts';
import { placeText, projectText } from './words.ts';

/** What is printed after a project was written, at most `columns` wide but for commands and names. */
export function createdText(
  decision: Decision,
  operations: readonly Operation[],
  steps: readonly Step[],
  columns: number,
): string {
  const { answers } = decision;
  const written = operations.filter(isWritten).length;
  const sentence =
    written === 0
      ? `Nothing to do: ${projectText(decision)} is in ${placeText(decision)} already.`
      : `Created ${projectText(decision)} in ${placeText(decision)}: ${filesText(written)}, for dstack ${answers.dstack}.`;
  const policies =
    answers.policies.length === 0 ? 'It has no policies yet.' : `Policies: ${answers.policies.join(', ')}.`;
  return [
    ...[
      sentence,
      policies,
      ...metText(operations),
      ...steps.flatMap((step) => stepText(step, decision)),
    ].flatMap((text) => broken(text, columns)),
    '',
    ...tree(operations.map(({ file }) => file.path)).map((line) => `  ${line}`),
    '',
    'Next:',
    '',
    ...nextCommands(decision, steps).map((command) => `  ${command}`),
    '',
  ].join('\n');
}

/** The commands to go on with, quoted for a shell. */
export function nextCommands({ shown, answers }: Decision, steps: readonly Step[]): readonly string[] {
  const installed = steps.some(({ step, outcome }) => step === 'install' && outcome === 'done');
  return [
    ...(shown === '.' ? [] : [`cd ${shellQuote(shown)}`]),
    // The service is built and run from the folder, by what npm installs there; uv and Go see to that themselves.
    ...(answers.language === 'typescript' && !installed ? ['npm install'] : []),
    `npx create-dstack-plugin@${answers.tool} test`,
  ];
}

function stepText({ step, outcome }: Step, { answers }: Decision): readonly string[] {
  if (outcome !== 'done') return [];
  return step === 'git'
    ? ['It is a Git repository, with a first commit.']
    : [`Its dependencies are installed: ${installers[answers.language].command.join(' ')}.`];
}

function isWritten(operation: Operation): boolean {
  switch (operation.operation) {
    case 'create':
    case 'update':
    case 'replace':
      return true;
    case 'new':
      return !operation.already;
    case 'skip':
    case 'keep':
    case 'conflict':
    case 'blocked':
      return false;
  }
}

/** What was there before, and what became of it. */
function metText(operations: readonly Operation[]): readonly string[] {
  const same = operations.filter(({ operation }) => operation === 'skip').length;
  return [
    ...(same === 0 ? [] : [`Already there, and the same: ${filesText(same)}.`]),
    ...operations.map(resolutionText).filter((text) => text !== null),
  ];
}

function resolutionText(operation: Operation): string | null {
  const path = printable(operation.file.path);
  switch (operation.operation) {
    case 'keep':
      return `Kept as it was: ${path}.`;
    case 'replace':
      return `Replaced: ${path}. What was there is ${printable(operation.backup)} now.`;
    case 'new':
      return `Kept as it was: ${path}. What it would have been is in ${printable(operation.beside)}.`;
    case 'create':
    case 'update':
    case 'skip':
    case 'conflict':
    case 'blocked':
      return null;
  }
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

/** Without a collator, which takes longer to load than all else of a scaffold together. */
function byName(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a < b ? -1 : Number(a > b);
}

/** The entries at the top, and for each folder how much is in it. */
function tree(paths: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const slash = path.indexOf('/');
    const entry = slash < 0 ? path : path.slice(0, slash + 1);
    counts.set(entry, (counts.get(entry) ?? 0) + 1);
  }
  const isFolder = (entry: string): boolean => entry.endsWith('/');
  const entries = [...counts].sort(([a], [b]) => Number(isFolder(b)) - Number(isFolder(a)) || byName(a, b));
  const width = Math.max(...entries.filter(([entry]) => isFolder(entry)).map(([entry]) => entry.length), 0);
  return entries.map(([entry, count]) =>
    isFolder(entry) ? `${entry.padEnd(width)}  ${filesText(count)}` : entry,
  );
}
