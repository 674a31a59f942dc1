import { Failure } from '../failure.ts';

/** What a flag of text was given; null: it wasn't. */
export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A flag that may be given, be given with `--no-`, or be left out. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** What a flag that may be repeated was given; null: it wasn't. */
export function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}

/** A command line that is wrong, and what to write instead. */
export function usage(sentence: string, hint: string): Failure {
  return new Failure({ code: 'wrong-usage', text: sentence, hint });
}
