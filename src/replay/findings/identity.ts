import type { Change, Expected, Finding } from '../model.ts';
import { findingAt } from './finding.ts';
import { sentences } from './sentences.ts';

/** What makes a request the one that the user sent, by its pointer in the spec. */
const identities: Readonly<Record<string, string>> = {
  '/configuration/type': 'the type',
  '/configuration/name': 'the name',
  '/run_name': "the run's name",
};

/**
 * Another type, or another name, than the user gave; unless the expectation has that very change, or allows it. A name for what had none
 * is fine.
 *
 * @param passed whether the replay is as expected
 */
export function identityFindings(
  changes: readonly Change[],
  expected: Expected | null,
  passed: boolean,
): readonly Finding[] {
  const found = changes.flatMap((change): Finding[] => {
    const what = identities[change.path];
    const expectedHere = passed || (expected !== null && Object.hasOwn(expected.changes, change.path));
    if (what === undefined || change.from === undefined || expectedHere) return [];
    const { policy, from, to } = change;
    const text = sentences.identityChanged(policy?.name ?? null, what, from, to ?? null);
    return [findingAt('identity-changed', text, policy?.file == null ? null : policy)];
  });
  // A run's name stands in two places, and one of them is enough to tell.
  return found.slice(0, 1);
}
