import type { Worker } from '../engine/worker.ts';
import { Failure } from '../failure.ts';
import type { ExpectationFile, VersionCheck } from './expectation/expectation.ts';
import { clausesOf, opposite, publicPart } from './expectation/scope.ts';
import type { PlannedSample } from './planned.ts';

/** The versions of a run, and which of them the specifiers of its expectations hold for, as Python's packaging tools say it. */
export interface VersionTable {
  /** From the oldest to the newest. */
  readonly ordered: readonly string[];
  /** By clause of a specifier (`<0.21.3`): whether each of `ordered` satisfies it; null where it is no specifier. */
  readonly clauses: ReadonlyMap<string, readonly boolean[] | null>;
}

/**
 * Puts the versions of a run in order, and holds them against every specifier that its expectations name.
 *
 * @param worker of any of the engines; it isn't asked where there is nothing to ask
 */
export async function versionTable(
  worker: Pick<Worker, 'versions'>,
  versions: readonly string[],
  planned: readonly PlannedSample[],
): Promise<VersionTable> {
  const clauses = [
    ...new Set(planned.flatMap(({ expectation }) => specifiersOf(expectation)).flatMap(clausesOf)),
  ];
  if (versions.length < 2 && clauses.length === 0) return { ordered: versions, clauses: new Map() };
  const answer = await worker.versions({ versions, specifiers: clauses });
  return {
    ordered: answer.ordered,
    clauses: new Map(clauses.map((clause, index) => [clause, answer.matches[index] ?? null])),
  };
}

/** What decides on entries for certain versions only, on one of them. It knows the clauses of the table and those that bound versions of it. */
export function checkFor({ ordered, clauses }: VersionTable, version: string): VersionCheck {
  const own = ordered.indexOf(version);
  return (specifier) =>
    clausesOf(specifier).every((clause) => {
      const known = clauses.get(clause);
      if (known !== undefined) return known?.[own] ?? false;
      const otherwise = clauses.get(opposite(clause) ?? '');
      if (otherwise !== undefined && otherwise !== null) return otherwise[own] === false;
      // A bound that `--update` has just written: it names a version of the run.
      const [, operator, bound = ''] = /^(>=|<|==)(.*)$/.exec(clause) ?? [];
      const place = ordered.findIndex((each) => publicPart(each) === bound);
      if (place < 0) throw new Error(`nobody has asked about ${clause}`);
      return operator === '<' ? own < place : operator === '>=' ? own >= place : own === place;
    });
}

/** Refuses an expectation with a specifier that is none; throws a {@link Failure} (exit code 2) with its line. */
export function refuseWrongSpecifiers(file: ExpectationFile | null, { clauses }: VersionTable): void {
  for (const { dstack, line } of file?.entries ?? []) {
    if (dstack === null || clausesOf(dstack).every((clause) => clauses.get(clause) !== null)) continue;
    throw new Failure({
      code: 'invalid-expectation',
      text: `"${dstack}" says nothing about versions of dstack: it is no version specifier (PEP 440).`,
      place: { file: file?.path ?? '', line },
      hint: /^\s*v?\d[\w.+]*\s*$/.test(dstack)
        ? `For one version write dstack: "==${dstack.trim().replace(/^v/, '')}"`
        : 'For example: dstack: "<0.21.3", or dstack: ">=0.21,<0.22"',
    });
  }
}

function specifiersOf(file: ExpectationFile | null): readonly string[] {
  return file?.entries.flatMap(({ dstack }) => dstack ?? []) ?? [];
}
