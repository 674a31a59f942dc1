import { readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { contextsOf, type ExpectationFile } from './expectation/expectation.ts';
import { loadPatternsOf } from './expectation/pattern.ts';
import { readExpectation } from './expectation/read.ts';
import type { Context } from './model.ts';
import type { Sample } from './samples.ts';

/** A sample with what is expected of it and the contexts that it is replayed in. */
export interface PlannedSample {
  readonly sample: Sample;
  /** The expectation file's text as it was read; null where there is no file. */
  readonly text: string | null;
  readonly expectation: ExpectationFile | null;
  readonly contexts: readonly Context[];
}

/** What is to be replayed, and what is wrong with the expectations of the samples that are left out. */
export interface Plan {
  readonly planned: readonly PlannedSample[];
  readonly failures: readonly Failure[];
}

/** What was parsed of the last samples, by its text: most of many expectations are word for word the same, and in a watch all are what they were. */
let parsed: ReadonlyMap<string, ExpectationFile> = new Map();

/**
 * Reads the expectations of samples and settles their contexts: those asked for, else those that the expectation names, else the default.
 * A sample whose expectation can't be read is left out, with the failure in its place.
 */
export async function planReplays(
  samples: readonly Sample[],
  contexts: { readonly asked: readonly Context[]; readonly byDefault: readonly Context[] },
): Promise<Plan> {
  const planned: PlannedSample[] = [];
  const failures: Failure[] = [];
  const known = new Map<string, ExpectationFile>();
  const read = async ({ expectationPath: path }: Sample, text: string): Promise<ExpectationFile> => {
    const same = known.get(text) ?? parsed.get(text);
    if (same === undefined) await loadPatternsOf(text);
    const expectation = same === undefined ? readExpectation(path, text) : { ...same, path };
    known.set(text, expectation);
    return expectation;
  };
  for (const sample of samples) {
    try {
      const text = existingText(sample);
      const expectation = text === null ? null : await read(sample, text);
      const named = expectation === null ? [] : contextsOf(expectation);
      const chosen = [contexts.asked, named, contexts.byDefault].find((list) => list.length > 0) ?? [];
      planned.push({ sample, text, expectation, contexts: chosen });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  parsed = known;
  return { planned, failures };
}

/** The text of a sample's expectation file; null where there is none. Throws a {@link Failure} (exit code 2) where it can't be read. */
export function existingText({ expectationFile, expectationPath }: Sample): string | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(expectationFile);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Failure({
      code: 'expectation-not-readable',
      text: `The expectation can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      place: { file: expectationPath },
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure({
      code: 'not-utf-8',
      text: 'The expectation is not UTF-8.',
      place: { file: expectationPath },
    });
  }
}
