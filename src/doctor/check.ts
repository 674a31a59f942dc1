import { ExitCode, exitCodeOf } from '../failure.ts';

/** What `doctor` found out about one thing: it is well, or what is wrong and what to do. */
export interface Check {
  readonly about: string;
  readonly state: 'ok' | 'note' | 'wrong';
  /** What is there. */
  readonly text: string;
  /** What to do, where something isn't well. */
  readonly todo?: string;
  /** More about it, a line each. */
  readonly details?: readonly string[];
  /** What a command that needs this would end with, where it is wrong. */
  readonly exitCode?: ExitCode;
}

/** The worst of what is wrong, as an exit code. */
export function exitCodeFor(checks: readonly Check[]): ExitCode {
  return exitCodeOf(
    checks.flatMap(({ state, exitCode = ExitCode.cannotRun }) => (state === 'wrong' ? exitCode : [])),
  );
}

/** The lines that a person reads: no information by colour alone, so each begins with a word. */
export function checkLines(checks: readonly Check[]): readonly string[] {
  const width = Math.max(...checks.map(({ about }) => about.length));
  return checks.flatMap(({ about, state, text, todo, details = [] }) => [
    `${words[state].padEnd(5)}  ${about.padEnd(width)}  ${text}`,
    ...details.map((line) => `${' '.repeat(7 + width + 2)}${line}`),
    ...(todo === undefined ? [] : [`${' '.repeat(7 + width + 2)}→ ${todo}`]),
  ]);
}

const words: Readonly<Record<Check['state'], string>> = { ok: 'ok', note: 'note', wrong: 'wrong' };
