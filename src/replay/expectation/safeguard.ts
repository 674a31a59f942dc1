import { Failure } from '../../failure.ts';
import { describeContext, sameContext } from '../context.ts';
import type { Context } from '../model.ts';
import { type ExpectationFile, ruleFor } from './expectation.ts';
import type { Result } from './grouping.ts';
import { commentsIn } from './layout.ts';
import { verdictOf } from './match.ts';
import type { Plan, Versions } from './plan.ts';
import { readExpectation } from './read.ts';
import type { Source } from './source.ts';

/**
 * Reads the new text back: it has to say what was recorded, what it said before in all other contexts, and every comment. Throws a
 * {@link Failure} where it doesn't, which comes of anchors, tags and rare layouts, so that a file is rather left alone than harmed.
 */
export function verifyUpdate(
  source: Source,
  before: ExpectationFile,
  updated: string,
  {
    plan,
    recorded,
    versions,
  }: { readonly plan: Plan; readonly recorded: readonly Result[]; readonly versions: Versions },
): void {
  const { path } = source;
  const after = readBack(path, updated);
  for (const { context, actual, dstack = '' } of recorded) {
    if (verdictOf(actual, ruleFor(after, context, versions.check(dstack))) !== 'passed') {
      throw notEditable(path, `the entry of ${describeContext(context)}`);
    }
  }
  const due = [...plan.entries.values(), plan.added].flat();
  const others = statements(after);
  for (const [key, { context, rule }] of statements(before)) {
    const isDue = due.some((result) => sameContext(result.context, context));
    if (!isDue && others.get(key)?.rule !== rule) {
      throw notEditable(path, `the entry of ${describeContext(context)}`);
    }
  }
  const comments = (text: string): string[] =>
    commentsIn(text).map(({ start, end }) => text.slice(start, end).trimEnd());
  const left = comments(updated);
  for (const comment of comments(source.text)) {
    const index = left.indexOf(comment);
    if (index < 0) throw notEditable(path, `the comment ${JSON.stringify(comment)}`);
    left.splice(index, 1);
  }
}

/** Each context of a file, for each range of versions, with its rule as text. */
function statements(
  file: ExpectationFile,
): ReadonlyMap<string, { readonly context: Context; readonly rule: string }> {
  return new Map(
    file.entries.flatMap(({ contexts, dstack, rule }) =>
      contexts.map((context) => [JSON.stringify([context, dstack]), { context, rule: JSON.stringify(rule) }]),
    ),
  );
}

/** Reads a text that was just edited; what is wrong with it then is the fault of the editing. */
export function readBack(path: string, updated: string): ExpectationFile {
  try {
    return readExpectation(path, updated);
  } catch (error) {
    if (error instanceof Failure) throw notEditable(path, `its YAML (${error.message})`);
    throw error;
  }
}

/** The file is written in a way that can't be edited safely. */
export function notEditable(path: string, what: string): Failure {
  return new Failure({
    code: 'expectation-not-updated',
    text: `The file can't be updated without harm to ${what}, so it was left as it is.`,
    place: { file: path },
    hint: 'Take out anchors, aliases or tags, or remove the entries that changed, and update again.',
  });
}
