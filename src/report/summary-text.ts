import { ExitCode } from '../failure.ts';
import type { Report } from './report.ts';
import { bySample } from './samples.ts';
import { versionChanges } from './version-changes.ts';
import { counted, verdictWords } from './words.ts';

/** What a sum means to the reader. */
export type Tone = 'good' | 'bad' | 'open' | 'changed';

/** The sums of a report: what there is of each, and how many replays there were. */
export interface SummaryParts {
  readonly parts: readonly { readonly text: string; readonly tone: Tone }[];
  readonly end: string;
}

export function summaryParts({ summary, replays, obsolete, exitCode }: Report): SummaryParts {
  const changing = [...bySample(replays).values()].filter((own) => versionChanges(own).length > 0).length;
  const verdict = (count: number, key: keyof typeof verdictWords): string =>
    counted(count, verdictWords[key], verdictWords[key]);
  const all: readonly (readonly [count: number, text: string, tone: Tone])[] = [
    [summary.passed, verdict(summary.passed, 'passed'), 'good'],
    [summary.differs, verdict(summary.differs, 'differs'), 'bad'],
    [summary.new, verdict(summary.new, 'new'), 'open'],
    [summary.updated, verdict(summary.updated, 'updated'), 'changed'],
    [summary.errors, counted(summary.errors, 'error'), 'bad'],
    [summary.findings, counted(summary.findings, 'finding'), 'open'],
    [changing, `${counted(changing, 'sample changes', 'samples change')} between versions`, 'open'],
    [obsolete.length, counted(obsolete.length, 'obsolete', 'obsolete'), 'open'],
  ];
  const interrupted = exitCode === ExitCode.interrupted || exitCode === ExitCode.terminated;
  const count = summary.replays === 0 ? 'nothing was replayed' : counted(summary.replays, 'replay');
  return {
    parts: all.filter(([number]) => number > 0).map(([, text, tone]) => ({ text, tone })),
    end: interrupted ? `${count} · interrupted before the end` : count,
  };
}

/** `7 passed, 2 failed · 9 replays` */
export function summaryText({ parts, end }: SummaryParts): string {
  return parts.length === 0 ? end : `${parts.map(({ text }) => text).join(', ')} · ${end}`;
}
