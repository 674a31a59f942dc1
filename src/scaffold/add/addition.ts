import type { FileToWrite } from '../operations.ts';

/** Something that the project needs and that only its author can put in safely. */
export interface ByHand {
  readonly path: string;
  /** What to do there, in a sentence that ends with a colon. */
  readonly what: string;
  readonly lines: readonly string[];
}

/** What adding comes to. */
export interface Addition {
  readonly files: readonly FileToWrite[];
  readonly byHand: readonly ByHand[];
  /** Sentences about what was left as it is, and why. */
  readonly notes: readonly string[];
}

export const nothing: Addition = { files: [], byHand: [], notes: [] };

export function together(additions: readonly Addition[]): Addition {
  return {
    files: additions.flatMap(({ files }) => files),
    byHand: additions.flatMap(({ byHand }) => byHand),
    notes: additions.flatMap(({ notes }) => notes),
  };
}
