import { Failure } from '../../failure.ts';
import { describeContext, parseContext, sameContext } from '../context.ts';
import type { Context, Json, RecordedOutcome } from '../model.ts';
import type { ChangeRule, ExpectationEntry, ExpectationFile, Rule } from './expectation.ts';
import { compilePattern, type Pattern, patternProblem } from './pattern.ts';
import { type Problem, problemsOf } from './problem.ts';
import { lineAt, parseSource, type Source } from './source.ts';

/** An entry as the schema has it. */
interface WrittenEntry {
  readonly as: string | readonly string[];
  readonly profile?: string;
  readonly dstack?: string;
  readonly outcome?: RecordedOutcome;
  readonly message?: string | null;
  readonly message_matches?: string;
  readonly changes?: Readonly<Record<string, WrittenChange>>;
  readonly may_change?: readonly string[];
}

interface WrittenChange {
  readonly from?: Json;
  readonly to?: Json;
  readonly to_any?: true;
  readonly to_matches?: string;
}

/**
 * Reads an expectation file. One without entries, or with comments alone, expects nothing.
 *
 * @param path as a person should read it
 * A text with patterns needs `loadPatternsOf` first.
 *
 * @throws a {@link Failure} (exit code 2) with the line, where the file isn't what `schemas/expectation-1.json` allows, names no context, one
 * twice, or a regular expression that is none
 */
export function readExpectation(path: string, text: string): ExpectationFile {
  return expectationIn(parseSource(path, text));
}

/** The same for a file that is parsed already. */
export function expectationIn(source: Source): ExpectationFile {
  const contents = contentsOf(source);
  const problems = problemsOf(contents);
  if (problems.length > 0) throw failureOf(source, firstInFile(source, problems));
  const entries = (contents as readonly WrittenEntry[]).map((entry, index) => entryOf(source, entry, index));
  refuseContextsTwice(source, entries);
  return { path: source.path, entries };
}

function contentsOf(source: Source): unknown {
  try {
    const contents: unknown = source.document.toJS() ?? [];
    if (source.text.includes('*')) JSON.stringify(contents);
    return contents;
  } catch (error) {
    if (error instanceof TypeError)
      throw failureOf(source, { path: [], text: 'An alias leads back to itself.' });

    // An alias without its anchor, or too many of them.
    if (error instanceof ReferenceError) throw failureOf(source, { path: [], text: `${error.message}.` });
    throw error;
  }
}

function entryOf(source: Source, entry: WrittenEntry, index: number): ExpectationEntry {
  const profile = entry.profile ?? null;
  const names = typeof entry.as === 'string' ? [entry.as] : entry.as;
  const contexts = names.map((name, position): Context => {
    const context = parseContext(name);
    if (context !== null) return { ...context, profile };
    throw failureOf(source, {
      path: [String(index), 'as', ...(typeof entry.as === 'string' ? [] : [String(position)])],
      text: `${JSON.stringify(name)} is no context.`,
      hint: 'A context is a user and a project, such as alice@research.',
    });
  });
  return {
    contexts,
    profile,
    dstack: entry.dstack ?? null,
    rule: entry.outcome === undefined ? null : ruleOf(source, { ...entry, outcome: entry.outcome }, index),
    line: lineAt(source, [String(index)]),
  };
}

function ruleOf(
  source: Source,
  entry: WrittenEntry & { readonly outcome: RecordedOutcome },
  index: number,
): Rule {
  const changes = Object.entries(entry.changes ?? {}).map(([pointer, change]): [string, ChangeRule] => [
    pointer,
    {
      ...(change.from === undefined ? {} : { from: change.from }),
      ...(change.to === undefined ? {} : { to: change.to }),
      toAny: change.to_any ?? false,
      toMatches: pattern(source, change.to_matches, [String(index), 'changes', pointer, 'to_matches']),
    },
  ]);
  return {
    outcome: entry.outcome,
    message: entry.message ?? null,
    messageMatches: pattern(source, entry.message_matches, [String(index), 'message_matches']),
    changes: Object.fromEntries(changes),
    mayChange: entry.may_change ?? [],
  };
}

function pattern(source: Source, written: string | undefined, path: readonly string[]): Pattern | null {
  if (written === undefined) return null;
  try {
    return compilePattern(written);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RE2JSSyntaxException') throw error;
    throw failureOf(source, {
      path,
      text: `\`${path.at(-1)}\` is no regular expression: ${patternProblem(error)}.`,
      hint: /\(\?[!=<]|\\[1-9]/.test(written)
        ? 'Patterns are those of RE2, as in Go, which has no lookaround and no references back.'
        : undefined,
    });
  }
}

/** A context may stand in several entries only if each of them is for other dstack versions. */
function refuseContextsTwice(source: Source, entries: readonly ExpectationEntry[]): void {
  const seen: { readonly context: Context; readonly dstack: string | null; readonly line: number }[] = [];
  for (const [index, { contexts, dstack }] of entries.entries()) {
    for (const [position, context] of contexts.entries()) {
      const path = [String(index), 'as', String(position)];
      const other = seen.find((known) => known.dstack === dstack && sameContext(known.context, context));
      if (other !== undefined) {
        const text = `${describeContext(context)} stands twice in this file, first in line ${other.line}.`;
        throw failureOf(source, { path, text });
      }
      seen.push({ context, dstack, line: lineAt(source, path) });
    }
  }
}

function firstInFile(source: Source, problems: readonly Problem[]): Problem {
  const byLine = (problem: Problem): number => lineAt(source, problem.path);
  return problems.reduce((first, problem) => (byLine(problem) < byLine(first) ? problem : first));
}

function failureOf(source: Source, problem: Problem): Failure {
  return new Failure({
    code: 'invalid-expectation',
    text: problem.text,
    place: { file: source.path, line: lineAt(source, problem.path) },
    hint: problem.hint,
  });
}
