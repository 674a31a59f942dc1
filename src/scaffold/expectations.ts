import { renderEntry } from '../replay/expectation/entry.ts';
import { schemaLine } from '../replay/expectation/schema-line.ts';
import type { ChangedValue, Expected } from '../replay/model.ts';
import type { Answers } from './answers.ts';
import type { Policy } from './catalogue.ts';

/** The context that every sample is replayed in. */
const defaultContext = 'admin@main';

/** What dstack puts before the words of a rejection. */
export const rejectionPrefix: Readonly<Record<Answers['kind'], string>> = {
  package: '',
  rest: 'Apply request rejected: ',
};

/** What is expected of a sample in some contexts. */
export interface ExpectedEntry {
  readonly as: readonly string[];
  readonly expected: Expected;
}

/**
 * What the chosen policies together do to a sample: the first rejection in their order, else all their changes, which never meet.
 * Contexts with equal results share an entry.
 *
 * @param sample its name, without folder and ending
 * @param kind of the plugin: dstack's rest_plugin puts words before a server's message
 * @param policies in the order in which they run
 */
export function expectedOf(
  sample: string,
  kind: Answers['kind'],
  policies: readonly Policy[],
): ExpectedEntry[] {
  const contexts = [defaultContext, ...policies.flatMap((policy) => policy.contexts[sample] ?? [])];
  const entries = new Map<string, { as: string[]; expected: Expected }>();
  for (const context of new Set(contexts)) {
    const expected = expectedIn(context, sample, kind, policies);
    const key = JSON.stringify(expected);
    const entry = entries.get(key);
    if (entry === undefined) entries.set(key, { as: [context], expected });
    else entry.as.push(context);
  }
  return [...entries.values()];
}

function expectedIn(
  context: string,
  sample: string,
  kind: Answers['kind'],
  policies: readonly Policy[],
): Expected {
  const changes: Record<string, ChangedValue> = {};
  for (const policy of policies) {
    for (const effect of policy.effects) {
      if (effect.sample !== sample || !(effect.as?.includes(context) ?? true)) continue;
      if (effect.rejects !== undefined)
        return { outcome: 'rejected', message: `${rejectionPrefix[kind]}${effect.rejects}`, changes: {} };
      Object.assign(changes, effect.changes);
    }
  }
  const outcome = Object.keys(changes).length > 0 ? 'modified' : 'unchanged';
  return { outcome, message: null, changes };
}

/** The expectation file of a sample, byte by byte as `test --update` writes it. */
export function expectationFile(entries: readonly ExpectedEntry[]): string {
  const scope = { profile: null, dstack: null };
  const written = entries.map(({ as, expected }) => `${renderEntry(as, scope, expected, 0)}\n`);
  return schemaLine + written.join('');
}
