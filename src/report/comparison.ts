import { sameValue } from '../replay/equality.ts';
import type { Change, Expected, ExpectedChange } from '../replay/model.ts';

/** The changes of a replay held against those expected. */
export interface Comparison {
  /** Expected, and didn't happen. */
  readonly missing: readonly (ExpectedChange & { readonly path: string })[];
  /** Happened, and wasn't expected. */
  readonly unexpected: readonly Change[];
  /** Happened at a pointer where another change was expected. */
  readonly different: readonly { readonly actual: Change; readonly expected: ExpectedChange }[];
  /** How many happened as expected. */
  readonly same: number;
}

export function compareChanges(expected: Expected['changes'], actual: readonly Change[]): Comparison {
  const happened = new Set(actual.map(({ path }) => path));
  const missing = Object.entries(expected)
    .filter(([path]) => !happened.has(path))
    .map(([path, value]) => ({ path, ...value }));
  const unexpected: Change[] = [];
  const different: { actual: Change; expected: ExpectedChange }[] = [];
  for (const change of actual) {
    const value = Object.hasOwn(expected, change.path) ? expected[change.path] : undefined;
    if (value === undefined) unexpected.push(change);
    else if (value.inWords || !sameValue(value.from, change.from) || !sameValue(value.to, change.to))
      different.push({ actual: change, expected: value });
  }
  return { missing, unexpected, different, same: actual.length - unexpected.length - different.length };
}
