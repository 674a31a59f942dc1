import { textAndPage } from '../replay/findings/finding.ts';
import type { Place, Replay } from '../replay/model.ts';
import { printable, printableLines } from '../terminal/printable.ts';
import { blamedFor } from './blamed.ts';
import { differencesOf } from './differences.ts';
import { findingGroups } from './finding-groups.ts';
import { judgedText } from './judged.ts';
import { contextText, versionsOf } from './labels.ts';
import { markdownWithin } from './markdown/markdown.ts';
import { nothingReplayed } from './nothing-replayed.ts';
import type { Display, Places, Report } from './report.ts';
import { alike, bySample } from './samples.ts';
import { shortened } from './text-width.ts';
import { counted } from './words.ts';

type Level = 'error' | 'warning' | 'notice';

/** What GitHub shows beside a line of a file. */
interface Annotation {
  readonly level: Level;
  readonly title: string;
  readonly text: string;
  readonly place: Place | null;
}

/** GitHub shows no more of each level for one step. */
const maxShown = 10;

/** What GitHub takes as the summary of one step, less a margin. */
const summaryLimit = 1024 * 1024 - 1024;

const maxText = 2000;
const maxDifferences = 10;

/**
 * Workflow commands for GitHub's runner: an annotation for each thing that is wrong, on the line of the policy that did it, else on the
 * expectation's or the sample's; and a notice on the expectation that a policy no longer meets. Of each level no more than GitHub shows.
 */
export function githubReport(report: Report, { places }: Display): string {
  const all = [
    ...errorAnnotations(report),
    ...unexpectedAnnotations(report, places),
    ...findingAnnotations(report),
    ...obsoleteAnnotations(report),
  ];
  return (['error', 'warning', 'notice'] as const)
    .flatMap((level) => shown(all.filter((annotation) => annotation.level === level)))
    .map((annotation) => command(annotation, places))
    .join('');
}

/**
 * The Markdown for the summary of the step.
 *
 * @param taken bytes that the summary has already
 */
export function stepSummaryText(report: Report, taken: number): string {
  return markdownWithin(report, Math.max(0, summaryLimit - taken));
}

/** The first of them, and how many more there are, where there are more than GitHub shows. */
function shown(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (first === undefined || annotations.length <= maxShown) return annotations;
  const left = annotations.length - (maxShown - 1);
  const text = `${left.toLocaleString('en')} more of this kind: GitHub shows ${maxShown} for a step. All of them are in the summary of the job.`;
  return [
    ...annotations.slice(0, maxShown - 1),
    { level: first.level, title: 'create-dstack-plugin test', text, place: null },
  ];
}

function errorAnnotations(report: Report): readonly Annotation[] {
  return [...report.errors, ...nothingReplayed(report)].map(({ code, file, line, text, hint }) => ({
    level: 'error',
    title: code,
    text: hint === null ? text : `${text}\n${hint}`,
    place: file === null ? null : { file, line: line ?? 1 },
  }));
}

function unexpectedAnnotations(report: Report, places: Places | undefined): readonly Annotation[] {
  const severalVersions = versionsOf(report.replays).length > 1;
  const failed = [...bySample(report.replays).values()].flatMap((replays) =>
    alike(replays.filter(({ verdict }) => verdict === 'differs' || verdict === 'new')),
  );
  return failed.flatMap((group): readonly Annotation[] => {
    const [replay] = group;
    const { policies, expectation, sample } = blamedFor(replay, places);
    const title = `${replay.sample} ${contextText(group, severalVersions)}`;
    // What is new is looked for where it was written.
    const [place = sample] =
      replay.verdict === 'new' ? [] : [...policies, ...(expectation === null ? [] : [expectation])];
    const main: Annotation = { level: 'error', title, text: unexpectedText(replay), place };
    if (expectation === null || place === expectation || replay.verdict === 'new') return [main];
    return [
      main,
      { level: 'notice', title, text: `Expected here; ${judgedText(replay)}.`, place: expectation },
    ];
  });
}

function unexpectedText(replay: Replay): string {
  const differences = differencesOf(replay).map(({ path, expected, actual }) => {
    const sides =
      replay.verdict === 'new'
        ? (actual ?? '')
        : `expected ${expected ?? 'nothing'}, actual ${actual ?? 'nothing'}`;
    return `${path ?? 'outcome'}: ${shortened(printable(sides), 300)}`;
  });
  const left = differences.length - maxDifferences;
  return [
    judgedText(replay),
    ...differences.slice(0, maxDifferences),
    ...(left > 0 ? [`… ${counted(left, 'more difference')}`] : []),
  ].join('\n');
}

function findingAnnotations(report: Report): readonly Annotation[] {
  return findingGroups(report).map(({ finding, samples }) => {
    const { code, severity, file, line } = finding;
    const said = textAndPage(finding);
    const [first] = samples.filter((sample) => !sample.startsWith('('));
    return {
      level: severity,
      title: code,
      text: [
        said.text,
        ...(samples.length === 0
          ? []
          : [`Shown by ${samples.length === 1 ? samples[0] : counted(samples.length, 'sample')}.`]),
      ].join('\n'),
      place:
        file !== null ? { file, line: line ?? 1 } : first === undefined ? null : { file: first, line: 1 },
    };
  });
}

function obsoleteAnnotations({ obsolete }: Report): readonly Annotation[] {
  return obsolete
    .filter(({ removed }) => !removed)
    .map(({ file }) => ({
      level: 'notice',
      title: 'obsolete',
      text: 'This expectation is obsolete: its sample is gone.',
      place: { file, line: 1 },
    }));
}

/** `::error file=…,line=…,title=…::text` on one line; whatever would end a part of it is written as the runner decodes it. */
function command({ level, title, text, place }: Annotation, places: Places | undefined): string {
  const at =
    place === null
      ? []
      : [
          `file=${property(places?.inRepository(place.file) ?? place.file)}`,
          `line=${Math.max(1, place.line)}`,
        ];
  const parts = [...at, `title=${property(title)}`].join(',');
  return `::${level} ${parts}::${data(
    printableLines(text)
      .slice(0, maxText)
      .replace(/[\uD800-\uDBFF]$/, ''),
  )}\n`;
}

function data(text: string): string {
  return text
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replace(/#(?=#(?:vso|teamcity)?\[)/gi, '\\x23');
}

function property(text: string): string {
  return data(printable(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
