import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../failure.ts';
import { reporterNames } from '../report/reporter-names.ts';
import { catalogue } from '../scaffold/catalogue.ts';
import { kinds, languages } from '../scaffold/choices.ts';
import { resolutions } from '../scaffold/operations.ts';
import { filePartsOf, parts } from '../scaffold/parts.ts';
import { oneOf } from '../terminal/one-of.ts';
import { type CommandShape, completionOf, type KnownValues } from './completion/candidates.ts';

const shells = ['bash', 'zsh'] as const;
const program = 'create-dstack-plugin';

/**
 * `create-dstack-plugin completion <shell>`: prints the script that a shell completes this program's command lines with.
 *
 * @throws Failure where it isn't a shell that there is a script for
 */
export function completion(shell: string): ExitCode {
  const name = oneOf('completion', shell, shells);
  const script = readFileSync(scriptFor(name), 'utf8');
  process.stdout.write(script.replaceAll('{pkgname}', program).replaceAll('{completer}', program));
  return ExitCode.done;
}

/** Beside the bundle; for the sources, where the package is that the scripts come from. */
function scriptFor(shell: (typeof shells)[number]): string {
  const bundled = fileURLToPath(new URL(`./completion/completion.${shell}`, import.meta.url));
  if (existsSync(bundled)) return bundled;
  return createRequire(import.meta.url).resolve(`@pnpm/tabtab/lib/templates/completion.${shell}`);
}

/** What the scripts take for the order to complete names of files. */
const files = '__tabtab_complete_files__';

/**
 * Answers a script: prints what may stand where the cursor is, a line each.
 *
 * @param words the command line, the program's name first
 */
export function answerShell(shape: CommandShape, words: readonly string[]): ExitCode {
  const cursor = Number(process.env['COMP_CWORD'] ?? words.length - 1);
  const found = completionOf(shape, knownValues, words.slice(1, cursor), words[cursor] ?? '');
  const described = process.env['SHELL'] === 'zsh';
  const lines =
    found.what === 'files'
      ? [files]
      : found.candidates.map(({ word, description }) =>
          described && description !== '' ? `${escaped(word)}:${escaped(description)}` : escaped(word),
        );
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return ExitCode.done;
}

/** A colon divides a word from its description in zsh. */
function escaped(text: string): string {
  return process.env['SHELL'] === 'zsh' ? text.replaceAll(':', '\\:') : text;
}

const knownValues: KnownValues = {
  '--kind': kinds.map(({ value }) => value),
  '--language': languages.map(({ value }) => value),
  '--policies': ['all', 'none', ...catalogue.map(({ name }) => name)],
  '--on-conflict': resolutions,
  '--reporter': reporterNames,
  '--name': [],
  '--description': [],
  '--author': [],
  '--email': [],
  '--dstack': [],
  '--python': [],
  '--plugin': [],
  '--as': [],
  '--profile': [],
  '--timeout': [],
  '--rest-url': [],
  '--with': filePartsOf('package'),
  add: parts.map(({ name }) => name),
  completion: shells,
};
