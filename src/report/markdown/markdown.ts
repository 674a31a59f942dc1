import { textAndPage } from '../../replay/findings/finding.ts';
import type { Replay } from '../../replay/model.ts';
import { type Difference, differencesOf } from '../differences.ts';
import { findingGroups } from '../finding-groups.ts';
import { judgedText, markOf } from '../judged.ts';
import { contextText, versionsOf } from '../labels.ts';
import { nextSteps } from '../next-steps.ts';
import { nothingReplayed } from '../nothing-replayed.ts';
import { pageOf } from '../page.ts';
import { replayBlock } from '../replay-block.ts';
import type { Report, ReportError } from '../report.ts';
import { needsBlock, resultText } from '../sample-lines.ts';
import { alike, bySample } from '../samples.ts';
import { summaryParts, summaryText } from '../summary-text.ts';
import { shortened } from '../text-width.ts';
import { withoutCommands } from '../without-commands.ts';
import { counted, placeText, verdictWords } from '../words.ts';
import { fitted, type Part } from './fitted.ts';
import { code, fenced, prose } from './inert.ts';
import { table } from './table.ts';

/** A value in a cell is cut in its middle beyond this; the whole of it stands in the details. */
const cellColumns = 160;

/** The report as Markdown (GitHub's): the sums, a table of what differs, the findings, every sample, and the details folded away. */
export function markdownReport(report: Report): string {
  return markdownWithin(report, Number.POSITIVE_INFINITY);
}

/** The same in at most so many bytes of UTF-8; where there is more to say, it says how much is left out. */
export function markdownWithin(report: Report, limit: number): string {
  const severalVersions = versionsOf(report.replays).length > 1;
  const judged = [...bySample(report.replays).values()].flatMap((replays) =>
    alike(replays.filter(needsBlock)),
  );
  const parts: readonly (Part | null)[] = [
    headPart(report),
    errorsPart([...report.errors, ...nothingReplayed(report)]),
    differencesPart(judged, severalVersions),
    findingsPart(report),
    obsoletePart(report),
    stepsPart(report),
    samplesPart(report),
    detailsPart(judged, severalVersions),
  ];
  return withoutCommands(
    fitted(
      parts.filter((part) => part !== null),
      limit,
    ),
  );
}

const noRows = { rows: [], tail: '', noun: ['', ''] } as const;

function headPart(report: Report): Part {
  const versions = versionsOf(report.replays);
  const name = report.target === null ? 'create-dstack-plugin test' : report.target.name;
  const on = versions.length === 0 ? '' : ` on dstack ${versions.map(code).join(', ')}`;
  const mark = report.exitCode === 0 ? '✓' : '✗';
  return {
    ...noRows,
    head: `## ${mark} ${code(name)}${on}\n\n**${prose(summaryText(summaryParts(report)))}**`,
  };
}

/** What to do next; commands as they are typed. */
function stepsPart(report: Report): Part | null {
  const steps = nextSteps(report).map(
    ({ text, command }) => `- ${prose(text)}${command === null ? '' : ` ${code(command.join(' '))}`}`,
  );
  return steps.length === 0 ? null : { ...noRows, head: steps.join('\n') };
}

function errorsPart(errors: readonly ReportError[]): Part | null {
  return table(
    '### Errors',
    ['Where', 'What is wrong', 'What to do'],
    errors.map((error) => () => [
      place(error),
      prose(error.text),
      error.hint === null ? '' : prose(error.hint),
    ]),
    ['error', 'errors'],
  );
}

function differencesPart(
  judged: readonly (readonly [Replay, ...Replay[]])[],
  severalVersions: boolean,
): Part | null {
  const unexpected = judged.filter(([{ verdict }]) => verdict !== 'passed' && verdict !== null);
  return table(
    '### Differences',
    ['', 'Sample', 'What', 'Expected', 'Actual', 'Policy'],
    unexpected.flatMap((group) => {
      const [replay] = group;
      const head = `${code(replay.sample)}<br>${code(contextText(group, severalVersions))}`;
      const verdict = replay.verdict === null ? '' : verdictWords[replay.verdict];
      return differencesOf(replay).map((difference, index) => () => [
        index === 0 ? `${markOf([replay])} ${verdict}` : '',
        index === 0 ? head : '',
        ...differenceCells(difference),
      ]);
    }),
    ['difference', 'differences'],
  );
}

function differenceCells({ path, expected, actual, policy }: Difference): readonly string[] {
  return [
    path === null ? 'outcome' : code(path === '' ? '(the whole spec)' : path),
    expected === null ? 'nothing' : cell(expected),
    actual === null ? 'did not happen' : cell(actual),
    policy === null ? '' : [code(policy.name), place(policy)].filter((part) => part !== '').join('<br>'),
  ];
}

function findingsPart(report: Report): Part | null {
  return table(
    '### Findings',
    ['', 'Finding', 'Where', 'Samples'],
    findingGroups(report).map(({ finding, samples }) => () => {
      const [first] = samples;
      return [
        finding.severity === 'error' ? '✗ error' : '! warning',
        `${code(finding.code)}: ${prose(textAndPage(finding).text)}`,
        place(finding),
        first === undefined ? '' : samples.length === 1 ? code(first) : counted(samples.length, 'sample'),
      ];
    }),
    ['finding', 'findings'],
  );
}

function obsoletePart({ obsolete }: Report): Part | null {
  return table(
    '### Obsolete expectations',
    ['File', ''],
    obsolete.map(({ file, removed }) => () => [code(file), removed ? 'removed' : 'its sample is gone']),
    ['obsolete expectation', 'obsolete expectations'],
  );
}

function samplesPart({ replays }: Report): Part | null {
  const samples = [...bySample(replays)];
  const rows = table(
    `<details><summary>${counted(samples.length, 'sample')}</summary>\n`,
    ['', 'Sample', 'Result'],
    samples.map(([sample, own]) => () => [markOf(own), code(sample), prose(resultText(own))]),
    ['sample', 'samples'],
  );
  return rows && { ...rows, tail: '\n</details>\n' };
}

function detailsPart(
  judged: readonly (readonly [Replay, ...Replay[]])[],
  severalVersions: boolean,
): Part | null {
  if (judged.length === 0) return null;
  const page = pageOf({ columns: 100, colour: false });
  return {
    head: '### Details\n',
    rows: judged.map((group) => () => {
      const [replay] = group;
      const title = `${markOf([replay])} ${code(replay.sample)} ${code(contextText(group, severalVersions))}: ${prose(judgedText(replay))}`;
      const lines = replayBlock(group, severalVersions, page);
      return `- ${title}\n\n${indented(fenced(lines))}\n`;
    }),
    tail: '',
    noun: ['replay', 'replays'],
  };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function cell(text: string): string {
  return code(shortened(text, cellColumns));
}

function place(at: { readonly file: string | null; readonly line: number | null }): string {
  const text = placeText(at);
  return text === null ? '' : code(text);
}
