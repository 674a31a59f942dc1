import type { RE2JS } from 're2js';

/** A regular expression that somebody wrote into an expectation. */
export interface Pattern {
  /** As it is written. */
  readonly source: string;
  /** Whether it is found anywhere in a text. */
  readonly foundIn: (text: string) => boolean;
}

let engine: typeof RE2JS | null = null;

/** Loads what {@link compilePattern} needs, where the text of an expectation has a pattern: most have none, and need not wait for it. */
export async function loadPatternsOf(text: string): Promise<void> {
  if (engine === null && text.includes('_matches')) engine = (await import('re2js')).RE2JS;
}

/**
 * Compiles a pattern. RE2 finds it in a time that grows with the text alone: `(a+)+$` would keep a backtracking engine busy for years over a
 * message of fifty characters.
 *
 * @throws an Error that says why it is none
 */
export function compilePattern(source: string): Pattern {
  if (engine === null) throw new Error('no patterns were loaded');
  const compiled = engine.compile(source);
  return { source, foundIn: (text) => compiled.matcher(text).find() };
}

/** Why something isn't a pattern, for a sentence. */
export function patternProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error parsing regexp: /, '').replaceAll('`', '');
}
