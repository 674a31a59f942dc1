import type { Failure } from '../../failure.ts';
import type { Operation } from '../../scaffold/operations.ts';
import type { Decision } from '../../scaffold/questions.ts';

/** How far a run of `create` came, and what it did. */
export interface Outcome {
  /** Null where it ended before everything was decided. */
  readonly decision: Decision | null;
  readonly operations: readonly Operation[];
  /** Whether the operations were carried out. */
  readonly written: boolean;
  /** Why it ended. */
  readonly failure: Failure | null;
}
