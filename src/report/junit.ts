import { createCB } from 'xmlbuilder2';
import type { XMLBuilderCB } from 'xmlbuilder2/lib/interfaces.js';
import type { Finding, Replay } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { findingLines } from './finding-lines.ts';
import { judgedText } from './judged.ts';
import { contextText, versionsOf } from './labels.ts';
import { logLines } from './log-lines.ts';
import { nothingReplayed } from './nothing-replayed.ts';
import { type Page, pageOf } from './page.ts';
import { replayBlock } from './replay-block.ts';
import type { Report, ReportError } from './report.ts';
import { bySample } from './samples.ts';
import { withoutCommands } from './without-commands.ts';
import { counted, placeText } from './words.ts';

/** One test of the report: a replay, an error, or a finding of the whole run. */
interface TestCase {
  readonly name: string;
  readonly seconds: number;
  /** Why it isn't green, and whether that is an answer of the plugin's (`failure`) or the lack of one (`error`). */
  readonly problem: {
    readonly kind: 'failure' | 'error';
    readonly type: string;
    readonly message: string;
    readonly body: () => string;
  } | null;
  readonly output: () => string;
}

interface Suite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

/**
 * The report as JUnit XML in pieces, as Jenkins and GitLab read it: a suite for each sample, a test for each replay; errors and findings of the whole run
 * are suites of their own. It has no dates, so that equal runs give equal files but for the times.
 */
export function* junitReport(report: Report): Generator<string> {
  const page = pageOf({ columns: 100, colour: false });
  const suites = suitesOf(report, page);
  let piece = '';
  const document = createCB({
    prettyPrint: true,
    // XML can't hold some characters at all, not even escaped. Controls are escapes by then, so what is left are no characters of any text.
    invalidCharReplacement: '\uFFFD',
    // A tree of 6,000 failures would take 150 MB.
    data: (chunk: string) => {
      piece += chunk;
    },
  });
  document.dec({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: printable(`create-dstack-plugin test${report.target === null ? '' : ` ${report.target.name}`}`),
    ...totals(suites.flatMap(({ cases }) => cases)),
  });
  const group = report.target === null ? '' : `${classWord(report.target.name)}.`;
  for (const suite of suites) {
    addSuite(document, suite, group);
    // It ends with an element's end, and never within a line of somebody's words.
    yield withoutCommands(piece);
    piece = '';
  }
  document.up().end();
  yield withoutCommands(`${piece}\n`);
}

function suitesOf(report: Report, page: Page): readonly Suite[] {
  const severalVersions = versionsOf(report.replays).length > 1;
  return [
    ...[...bySample(report.replays)].map(([sample, replays]) => ({
      name: printable(sample),
      cases: replays.map((replay) => caseOf(replay, severalVersions, page)),
    })),
    ...suite('errors', [...report.errors, ...nothingReplayed(report)].map(errorCase)),
    ...suite(
      'findings of the whole run',
      report.findings.map((finding) => findingCase(finding, page)),
    ),
  ];
}

function suite(name: string, cases: readonly TestCase[]): readonly Suite[] {
  return cases.length === 0 ? [] : [{ name, cases }];
}

function caseOf(replay: Replay, severalVersions: boolean, page: Page): TestCase {
  const { sample, verdict, outcome, findings, milliseconds } = replay;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const failed = verdict === 'differs' || verdict === 'new' || errors.length > 0;
  const message =
    verdict === 'differs' || verdict === 'new'
      ? judgedText(replay)
      : `${counted(errors.length, 'error')}: ${errors.map(({ code }) => code).join(', ')}`;
  return {
    name: printable(`${sample} ${contextText([replay], severalVersions)}`),
    seconds: milliseconds / 1000,
    problem: failed
      ? {
          kind: 'failure',
          type: verdict === 'differs' || verdict === 'new' ? `${verdict}-${outcome}` : 'finding',
          message,
          body: () => replayBlock([replay], severalVersions, page).join('\n'),
        }
      : null,
    output: () =>
      [
        ...(failed ? [] : findings.flatMap((finding) => findingLines(finding, page, 0))),
        ...logLines(replay.logs, page, 0),
      ].join('\n'),
  };
}

function errorCase({ code, file, line, text, hint, details }: ReportError): TestCase {
  const place = placeText({ file, line });
  const body = [
    ...(place === null ? [] : [`at ${place}`]),
    ...(details === null ? [] : [details]),
    ...(hint === null ? [] : [`→ ${hint}`]),
  ];
  return {
    name: place === null ? code : `${code} ${place}`,
    seconds: 0,
    problem: { kind: 'error', type: code, message: text, body: () => [text, ...body].join('\n') },
    output: () => '',
  };
}

function findingCase(finding: Finding, page: Page): TestCase {
  const { code, severity, text } = finding;
  const body = (): string => findingLines(finding, page, 0).join('\n');
  const place = placeText(finding);
  return {
    name: place === null ? code : `${code} ${place}`,
    seconds: 0,
    problem: severity === 'error' ? { kind: 'failure', type: code, message: text, body } : null,
    output: severity === 'error' ? () => '' : body,
  };
}

function addSuite(document: XMLBuilderCB, { name, cases }: Suite, group: string): void {
  document.ele('testsuite', { name, ...totals(cases), skipped: '0' });
  const classname = group + classWord(name.replace(/\.(?:dstack\.ya?ml|spec\.json)$/, ''));
  for (const { name: test, seconds, problem, output } of cases) {
    document.ele('testcase', { name: oneLine(test), classname, time: timeText(seconds) });
    if (problem !== null) {
      const { kind, type, message, body } = problem;
      document
        .ele(kind, { message: oneLine(message), type: printable(type) })
        .txt(printableText(body()))
        .up();
    }
    const printed = output();
    if (printed !== '') document.ele('system-out').txt(printableText(printed)).up();
    document.up();
  }
  document.up();
}

function totals(
  cases: readonly TestCase[],
): Readonly<Record<'tests' | 'failures' | 'errors' | 'time', string>> {
  const count = (kind: 'failure' | 'error'): string =>
    String(cases.filter(({ problem }) => problem?.kind === kind).length);
  return {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    time: timeText(cases.reduce((sum, { seconds }) => sum + seconds, 0)),
  };
}

/** Never with an exponent, which readers of JUnit files don't take. */
function timeText(seconds: number): string {
  return seconds.toFixed(3);
}

/** Jenkins takes what stands before the last dot for a package. */
function classWord(text: string): string {
  return printable(text).replaceAll('.', '_');
}

/** An attribute: parsers turn its line ends into spaces. */
function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\r?\n\s*/g, ' '));
}

function printableText(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
