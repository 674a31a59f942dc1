import { createHash } from 'node:crypto';
import type { Place, Replay, Severity } from '../replay/model.ts';
import { printable, printableLines } from '../terminal/printable.ts';
import { blamedFor } from './blamed.ts';
import { explanations } from './explanations.ts';
import { findingGroups } from './finding-groups.ts';
import { inert } from './inert-json.ts';
import { judgedText } from './judged.ts';
import { contextText, versionsOf } from './labels.ts';
import { nothingReplayed } from './nothing-replayed.ts';
import { pageOf } from './page.ts';
import { replayBlock } from './replay-block.ts';
import type { Display, Places, Report, ReportError } from './report.ts';
import { alike, bySample } from './samples.ts';
import { counted } from './words.ts';

/** What code scanning shows on a line: one result for all replays that say the same. */
interface Result {
  readonly rule: string;
  readonly level: Severity | 'note';
  readonly text: string;
  /** What stays the same when lines and numbers move. */
  readonly identity: readonly string[];
  readonly place: Place | null;
  readonly others: readonly (Place & { readonly text: string })[];
}

/** More than these samples aren't named with one finding. */
const maxOthers = 10;

/** Rules that aren't findings. */
const ownRules: Readonly<Record<string, string>> = {
  differs: 'A replay is not as its expectation says.',
  new: 'Nothing is recorded yet for a replay.',
  obsolete: 'The sample of an expectation is gone.',
};

/**
 * The report as SARIF 2.1.0, for code scanning: findings, and replays that aren't as expected, on the line of the policy; where that isn't
 * known, on the expectation or the sample. What couldn't run is a notification.
 */
export function sarifReport(report: Report, { places }: Display): string {
  const results = resultsOf(report, places);
  const notifications = [...report.errors.filter(({ file }) => file === null), ...nothingReplayed(report)];
  const rules = [...new Set(results.map(({ rule }) => rule))];
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'create-dstack-plugin', version: report.tool, rules: rulesOf(rules) },
        },
        invocations: [
          {
            executionSuccessful: report.errors.length === 0 && notifications.length === 0,
            exitCode: report.exitCode,
            toolExecutionNotifications: notifications.map(({ code, text, hint }) => ({
              descriptor: { id: printable(code) },
              level: 'error',
              message: { text: messageText(hint === null ? text : `${text}\n${hint}`) },
            })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => resultOf(result, rules, places)),
      },
    ],
  };
  return `${inert(JSON.stringify(document, null, 2))}\n`;
}

function resultsOf(report: Report, places: Places | undefined): readonly Result[] {
  const severalVersions = versionsOf(report.replays).length > 1;
  const failed = [...bySample(report.replays).values()].flatMap((replays) =>
    alike(replays.filter(({ verdict }) => verdict === 'differs' || verdict === 'new')),
  );
  return [
    ...failed.map((group) => unexpectedResult(group, severalVersions, places)),
    ...findingResults(report),
    ...report.errors.flatMap(errorResult),
    ...report.obsolete
      .filter(({ removed }) => !removed)
      .map(
        ({ file }): Result => ({
          rule: 'obsolete',
          level: 'note',
          text: 'This expectation is obsolete: its sample is gone.',
          identity: [],
          place: { file, line: 1 },
          others: [],
        }),
      ),
  ];
}

function unexpectedResult(
  group: readonly [Replay, ...Replay[]],
  severalVersions: boolean,
  places: Places | undefined,
): Result {
  const [replay] = group;
  const { policies, expectation, sample } = blamedFor(replay, places);
  const [head = sample, ...rest] = [...policies, ...(expectation === null ? [] : [expectation]), sample];
  const block = replayBlock(group, severalVersions, pageOf({ columns: 100, colour: false }));
  const text = `${replay.sample} ${contextText(group, severalVersions)}: ${judgedText(replay)}`;
  return {
    rule: replay.verdict === 'new' ? 'new' : 'differs',
    level: 'error',
    text: `${printable(text)}\n\n${block.join('\n')}`,
    identity: [replay.sample, contextText(group, severalVersions)],
    place: head,
    others: rest.map((place) => ({
      ...place,
      text:
        place === sample
          ? 'the sample'
          : place === expectation
            ? 'what is expected'
            : 'another policy that took part',
    })),
  };
}

/** A finding that many replays show is one result, which names the first samples. */
function findingResults(report: Report): readonly Result[] {
  return findingGroups(report).map(({ finding, samples }): Result => {
    const { code, severity, text, file, line } = finding;
    // The built-in sample is no file.
    const files = samples.filter((sample) => !sample.startsWith('('));
    const [first] = files;
    const seen = files.length > 1 ? ` (${counted(files.length, 'sample')})` : '';
    const inSample = first === undefined ? null : { file: first, line: 1 };
    return {
      rule: code,
      level: severity,
      text: `${text}${seen}`,
      identity: [text.replace(/\d+/g, ''), first ?? ''],
      place: file === null ? inSample : { file, line: line ?? 1 },
      others: files
        .slice(0, maxOthers)
        .map((sample) => ({ file: sample, line: 1, text: 'a sample that shows it' })),
    };
  });
}

function errorResult({ code, file, line, text, hint }: ReportError): readonly Result[] {
  if (file === null) return [];
  const said = hint === null ? text : `${text}\n${hint}`;
  return [
    {
      rule: code,
      level: 'error',
      text: said,
      identity: [text],
      place: { file, line: line ?? 1 },
      others: [],
    },
  ];
}

function rulesOf(ids: readonly string[]) {
  const known = explanations();
  return ids.map((id) => {
    const explanation = known.get(id);
    const text = explanation?.what ?? ownRules[id];
    return {
      id: printable(id),
      ...(text === undefined ? {} : { shortDescription: { text: plain(text) } }),
      ...(explanation === undefined
        ? {}
        : { help: { text: plain(explanation.whole), markdown: explanation.whole } }),
    };
  });
}

function resultOf(
  { rule, level, text, identity, place, others }: Result,
  rules: readonly string[],
  places: Places | undefined,
) {
  return {
    ruleId: printable(rule),
    ruleIndex: rules.indexOf(rule),
    level,
    message: { text: messageText(text) },
    ...(place === null ? {} : { locations: [{ physicalLocation: physical(place, places) }] }),
    ...(others.length === 0
      ? {}
      : {
          relatedLocations: others.map((other, index) => ({
            id: index + 1,
            physicalLocation: physical(other, places),
            message: { text: other.text },
          })),
        }),
    partialFingerprints: { 'result/v1': fingerprint([rule, place?.file ?? '', ...identity]) },
  };
}

function physical({ file, line }: Place, places: Places | undefined) {
  const path = printable(places?.inRepository(file) ?? file);
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return { artifactLocation: { uri, uriBaseId: '%SRCROOT%' }, region: { startLine: Math.max(1, line) } };
}

/** The same result keeps it, whatever line it moves to. */
function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Plain text in SARIF has links, `[text](target)`: what others say has none. */
function messageText(text: string): string {
  return printableLines(text).replaceAll('](', '\\](');
}

/** Markdown without what is only for its looks. */
function plain(markdown: string): string {
  return markdown.replace(/\*\*|^```.*\n?/gm, '').replaceAll('`', '');
}
