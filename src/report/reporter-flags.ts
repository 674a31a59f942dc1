import { resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { nearest } from '../terminal/nearest.ts';
import { type ReporterName, reporterNames } from './reporter-names.ts';

/** A reporter that was asked for, and where its report goes. */
export interface ReporterFlag {
  readonly name: ReporterName;
  /** As it was typed; null: standard output. */
  readonly file: string | null;
}

/**
 * Reads `NAME` or `NAME=FILE`; all after the first `=` is the file.
 *
 * @throws Failure for a name that no reporter has and for an empty file
 */
export function parseReporterFlag(value: string): ReporterFlag {
  const at = value.indexOf('=');
  const word = at === -1 ? value : value.slice(0, at);
  const name = reporterNames.find((known) => known === word);
  if (name === undefined) {
    const meant = nearest(word, reporterNames);
    throw new Failure({
      code: 'unknown-reporter',
      text: `There is no reporter ${JSON.stringify(word)}.`,
      hint: `${meant === null ? '' : `Did you mean ${meant}? `}The reporters are ${reporterNames.join(', ')}.`,
    });
  }
  if (at === -1) return { name, file: null };
  const file = value.slice(at + 1);
  if (file.trim() === '') {
    throw new Failure({
      code: 'reporter-without-file',
      text: `--reporter ${name}= names no file.`,
      hint: `Write --reporter ${name}=FILE for a file, or --reporter ${name} for standard output.`,
    });
  }
  return { name, file };
}

/**
 * Reads all values of `--reporter`. Where none of them goes to standard output, the pretty report does, so that a run is never silent.
 * GitHub's commands are for the runner, which takes them out of the log: they stand below the pretty report, and alone bring it along.
 *
 * @param cwd what files are relative to
 * @throws Failure as {@link parseReporterFlag}, and where two reports would go to one place
 */
export function parseReporterFlags(values: readonly string[], cwd: string): readonly ReporterFlag[] {
  const flags = values.map(parseReporterFlag);
  const onStdout = flags.filter(({ file }) => file === null);
  const commands = onStdout.filter(({ name }) => name === 'github');
  const texts = onStdout.filter(({ name }) => name !== 'github');
  const together = commands.length === 1 && texts.length === 1 && texts[0]?.name === 'pretty';
  if (onStdout.length > 1 && !together) {
    const names = onStdout.map(({ name }) => name);
    throw new Failure({
      code: 'reporters-collide',
      text: `Two reports can't share standard output: ${names.join(', ')}.`,
      hint: `Send one of them to a file, such as --reporter ${names.find((name) => name !== 'pretty') ?? names[0]}=FILE.`,
    });
  }
  const taken = new Set<string>();
  for (const { file } of flags) {
    if (file === null) continue;
    const path = resolve(cwd, file);
    if (taken.has(path)) {
      throw new Failure({ code: 'reporters-collide', text: `Two reports can't share the file ${file}.` });
    }
    taken.add(path);
  }
  const inFiles = flags.filter(({ file }) => file !== null);
  return [
    ...(texts.length === 0 ? [{ name: 'pretty', file: null } as const] : texts),
    ...commands,
    ...inFiles,
  ];
}
