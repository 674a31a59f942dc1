import { parse, TomlError } from 'smol-toml';
import { ExitCode, Failure } from '../failure.ts';

/** A TOML table, its values not looked at yet. */
export type Table = Readonly<Record<string, unknown>>;

/** Whether a parsed value is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The value at a path of keys, or undefined where there is none. */
export function at(table: unknown, ...keys: readonly string[]): unknown {
  let value = table;
  for (const key of keys) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The strings of a list; anything else in it is left out, and what isn't a list is an empty one. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Parses TOML that is the user's; throws a {@link Failure} (exit code 3) that names `shown` and the line. */
export function parseToml(text: string, shown: string): Table {
  try {
    return parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with a code frame; the first line says what is wrong.
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document:\s*/, '');
    throw new Failure({
      code: 'invalid-toml',
      text: `${shown} isn't valid TOML: ${reason}.`,
      exitCode: ExitCode.cannotRun,
      place: { file: shown, line: error.line },
      hint: 'Mend the file, then run this again.',
    });
  }
}
