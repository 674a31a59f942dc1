import { compareDumps } from '../../src/replay/changes.ts';
import { parseContext } from '../../src/replay/context.ts';
import type { Result } from '../../src/replay/expectation/update.ts';
import type { Json } from '../../src/replay/model.ts';

/** What `replay_projects.py` prints for each sample and context. */
export interface Replayed {
  readonly project: string;
  readonly sample: string;
  readonly as: string;
  readonly before: Json;
  readonly after: Json;
  readonly message: string | null;
}

export function resultOf({ as, before, after, message }: Replayed): Result {
  const changes = message === null ? compareDumps(before, after) : {};
  const accepted = Object.keys(changes).length > 0 ? 'modified' : 'unchanged';
  const outcome = message === null ? accepted : 'rejected';
  const context = parseContext(as);
  if (context === null) throw new Error(`${as} isn't a context`);
  return { context, actual: { outcome, message, changes } };
}
