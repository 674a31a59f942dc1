import type { Finding, Replay } from '../model.ts';
import { filterTakes } from '../sample-filters.ts';
import type { FindingCode } from './codes.ts';
import { findingAt } from './finding.ts';
import { sentences } from './sentences.ts';

/** A finding that a project's configuration silences, and where it says so. */
export interface IgnoredFinding {
  readonly finding: FindingCode;
  /** Patterns for paths of samples, as filters on the command line; `*` is every sample and the whole run. */
  readonly samples: readonly string[];
  readonly reason: string;
  readonly line: number | null;
}

/** Takes silenced findings out, and keeps count of what silenced something. */
export class Silencer {
  readonly #ignored: readonly IgnoredFinding[];
  readonly #used = new Set<IgnoredFinding>();

  constructor(ignored: readonly IgnoredFinding[]) {
    this.#ignored = ignored;
  }

  /** A replay without the findings that are silenced for its sample. */
  replay(replay: Replay): Replay {
    const findings = replay.findings.filter((finding) => !this.#silences(finding, replay.sample));
    return findings.length === replay.findings.length ? replay : { ...replay, findings };
  }

  /** The findings of a run without those that are silenced for every sample. */
  run(findings: readonly Finding[]): readonly Finding[] {
    return findings.filter((finding) => !this.#silences(finding, null));
  }

  /** A finding for each silenced code that didn't occur; of those that this run could have had. */
  unused(possible: (code: FindingCode) => boolean): readonly Finding[] {
    return this.#ignored
      .filter((ignored) => !this.#used.has(ignored) && possible(ignored.finding))
      .map(({ finding, samples, line }) =>
        findingAt('unused-ignore', sentences.unusedIgnore(finding, samples), {
          file: 'dstack-plugin.yml',
          line,
        }),
      );
  }

  #silences({ code }: Finding, sample: string | null): boolean {
    const taking = this.#ignored.filter(
      ({ finding, samples }) =>
        finding === code &&
        samples.some((pattern) => pattern === '*' || (sample !== null && filterTakes(pattern, sample))),
    );
    for (const ignored of taking) this.#used.add(ignored);
    return taking.length > 0;
  }
}
