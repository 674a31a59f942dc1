import { ExitCode } from '../failure.ts';
import { printable } from '../terminal/printable.ts';
import { contractLines } from './contract-lines.ts';
import { findingLines } from './finding-lines.ts';
import { hanging } from './hanging.ts';
import { versionsOf } from './labels.ts';
import { detailLines } from './log-lines.ts';
import { nextSteps } from './next-steps.ts';
import { type Page, pageOf } from './page.ts';
import { replayBlock } from './replay-block.ts';
import type { Display, Obsolete, Report, ReportError } from './report.ts';
import { needsBlock, sampleLines } from './sample-lines.ts';
import { alike, bySample } from './samples.ts';
import { summaryParts, summaryText, type Tone } from './summary-text.ts';
import { wrapped } from './text-width.ts';
import { withoutCommands } from './without-commands.ts';
import { placeText } from './words.ts';

/**
 * The report for a person who has to act: every sample on a line; then, one block each, what failed, is new or was recorded, what is
 * wrong, and at the end, where the eye is, the sums and what to do next.
 */
export function prettyReport(report: Report, display: Display): string {
  const page = pageOf(display);
  const versions = versionsOf(report.replays);
  const samples = bySample(report.replays);
  const blocks = [
    headLines(report, versions, page),
    sampleLines(samples, versions.length > 1, page),
    ...[...samples.values()].flatMap((replays) =>
      alike(replays.filter(needsBlock)).map((group) => replayBlock(group, versions.length > 1, page)),
    ),
    report.findings.flatMap((finding) => findingLines(finding, page, 0)),
    contractLines(report.contract, page),
    ...report.errors.map((error) => errorLines(error, page)),
    report.obsolete.flatMap((obsolete) => obsoleteLines(obsolete, page)),
    serviceLogLines(report, page),
    summaryLines(report, page),
    nextLines(report, page),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => withoutCommands(lines.join('\n')))
    .join('\n\n')}\n`;
}

/** The log of a plugin service that was asked several things at once, where something went wrong. */
function serviceLogLines({ serviceLog = [], exitCode }: Report, page: Page): string[] {
  if (serviceLog.length === 0 || exitCode === ExitCode.done) return [];
  return ['The plugin service logged:', ...detailLines(serviceLog.join('\n'), page, 2)];
}

/** `acme-guard · plugins acme_guard, other · dstack 0.22.5` */
function headLines({ target }: Report, versions: readonly string[], page: Page): string[] {
  const plugins = target?.plugins.filter((plugin) => plugin !== target.name.replaceAll('-', '_')) ?? [];
  const parts = [
    ...(target === null ? [] : [target.name]),
    ...(plugins.length === 0
      ? []
      : [`${plugins.length === 1 ? 'plugin' : 'plugins'} ${target?.plugins.join(', ')}`]),
    ...(target?.url === undefined ? [] : [target.url]),
    ...(versions.length === 0 ? [] : [`dstack ${versions.join(', ')}`]),
  ];
  if (parts.length === 0) return [];
  return wrapped(printable(parts.join(' · ')), page.columns).map((line) => page.ink.bold(line));
}

function errorLines(error: ReportError, page: Page): string[] {
  const { ink } = page;
  const place = placeText(error);
  const head =
    place === null
      ? hanging('✗ error:', error.text, page, { indent: 0, body: 4, colour: ink.red })
      : [
          ...placeLines(printable(place), error.file, page),
          ...hanging('', error.text, page, { indent: 4, body: 4, colour: ink.red }),
        ];
  return [
    ...head,
    ...(error.details === null ? [] : detailLines(error.details, page, 4)),
    ...(error.hint === null ? [] : hanging('→', error.hint, page, { indent: 4, body: 6, colour: ink.cyan })),
  ];
}

function placeLines(place: string, file: string | null, { ink, columns, link }: Page): string[] {
  const wrappedLines = wrapped(place, columns - 2 - '  error'.length);
  const lines = wrappedLines.length === 1 ? wrappedLines.map((line) => link(line, file)) : wrappedLines;
  return lines.map(
    (line, index) =>
      `${index === 0 ? ink.red('✗') : ' '} ${ink.bold(line)}${index === lines.length - 1 ? `  ${ink.red('error')}` : ''}`,
  );
}

function obsoleteLines({ file, removed }: Obsolete, page: Page): string[] {
  const text = `${printable(file)}  ${removed ? 'removed' : 'obsolete'}: its sample is gone`;
  return wrapped(text, page.columns - 2).map(
    (line, index) => `${index === 0 ? page.ink.yellow('-') : ' '} ${line}`,
  );
}

const toneColours = {
  good: 'green',
  bad: 'red',
  open: 'yellow',
  changed: 'cyan',
} as const satisfies Readonly<Record<Tone, keyof Page['ink']>>;

function summaryLines(report: Report, page: Page): string[] {
  const { ink } = page;
  const sums = summaryParts(report);
  const plain = summaryText(sums);
  if (plain.length > page.columns) return wrapped(plain, page.columns).map((line) => ink.bold(line));
  const { parts, end } = sums;
  const coloured = parts.map(({ text, tone }) => ink.bold(ink[toneColours[tone]](text))).join(', ');
  return [[...(parts.length === 0 ? [] : [coloured]), ink.dim(end)].join(ink.dim(' · '))];
}

function nextLines(report: Report, page: Page): string[] {
  return nextSteps(report).flatMap(({ text, command }) => [
    ...hanging('→', text, page, { indent: 0, body: 2, colour: page.ink.cyan }),
    ...(command === null ? [] : commandLines(command, page)),
  ]);
}

/** A command that can be copied as it stands: broken between arguments only, as a shell takes it. */
function commandLines(words: readonly string[], page: Page): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && 4 + line.length + 1 + word.length + 2 <= page.columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : `  ${word}`);
  }
  return lines.map((line, index) => `    ${page.ink.bold(index < lines.length - 1 ? `${line} \\` : line)}`);
}
