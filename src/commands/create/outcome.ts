import type { Failure } from '../../failure.ts';
import type { Decision } from '../../scaffold/decide.ts';
import type { Operation } from '../../scaffold/operations.ts';
import type { Step } from './steps.ts';

/** How far a run of `create` came, and what it did. */
export interface Outcome {
  /** Null where it ended before everything was decided. */
  readonly decision: Decision | null;
  readonly operations: readonly Operation[];
  /** Whether the operations were carried out. */
  readonly written: boolean;
  /** What came after the files. */
  readonly steps: readonly Step[];
  /** Why it ended. */
  readonly failure: Failure | null;
}
