import type { Finding } from '../replay/model.ts';
import type { Report } from './report.ts';

/** A finding, with the samples whose replays show it; none for a finding of the whole run. */
export interface FindingGroup {
  readonly finding: Finding;
  /** Each once, in the order of the report. */
  readonly samples: readonly string[];
}

/** The findings of a report in their order, each once, however many replays show it. */
export function findingGroups({ replays, findings }: Report): readonly FindingGroup[] {
  const groups = new Map<string, { readonly finding: Finding; readonly samples: Set<string> }>();
  const groupOf = (finding: Finding): Set<string> => {
    const { code, severity, text, file, line } = finding;
    const key = JSON.stringify([code, severity, text, file, line]);
    const group = groups.get(key) ?? { finding, samples: new Set() };
    groups.set(key, group);
    return group.samples;
  };
  for (const { sample, findings: own } of replays) for (const finding of own) groupOf(finding).add(sample);
  for (const finding of findings) groupOf(finding);
  return [...groups.values()].map(({ finding, samples }) => ({ finding, samples: [...samples] }));
}
