import type { Change, ChangedValue, Expected, Finding, JsonObject, Replay } from '../replay/model.ts';
import { inert } from './inert-json.ts';
import type { Report, ReportError, ReportTarget } from './report.ts';

/**
 * The report as JSON in pieces, as `schemas/report-1.json` describes it: every key there, in the order of the schema, two spaces deep, one line end
 * last. What only a person reads (an error's hint and details, a context's profile) isn't part of that format.
 */
export function* jsonReport(report: Report): Generator<string> {
  const document = {
    schema: report.schema,
    tool: report.tool,
    target: report.target && targetOf(report.target),
    replays: each(report.replays, replayOf),
    errors: each(report.errors, errorOf),
    findings: each(report.findings, findingOf),
    obsolete: each(report.obsolete, ({ file, removed }) => ({ file, removed })),
    summary: {
      replays: report.summary.replays,
      passed: report.summary.passed,
      differs: report.summary.differs,
      new: report.summary.new,
      updated: report.summary.updated,
      findings: report.summary.findings,
      errors: report.summary.errors,
    },
    exitCode: report.exitCode,
  };
  let before = '{';
  for (const [name, value] of Object.entries(document)) {
    yield `${before}\n  ${JSON.stringify(name)}: `;
    if (isList(value)) yield* listPieces(value);
    else yield indented(value, 2);
    before = ',';
  }
  yield '\n}\n';
}

/** Made one after the other, when it is their turn. */
function* each<Item>(items: readonly Item[], shape: (item: Item) => unknown): Generator<unknown> {
  for (const item of items) yield shape(item);
}

function isList(value: unknown): value is Generator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function* listPieces(list: Generator<unknown>): Generator<string> {
  let before = '[';
  for (const item of list) {
    yield `${before}\n    ${indented(item, 4)}`;
    before = ',';
  }
  yield before === '[' ? '[]' : '\n  ]';
}

/** A line end in JSON is never one of a string's. */
function indented(value: unknown, spaces: number): string {
  return inert(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

function targetOf({ kind, name, plugins, url }: ReportTarget) {
  return kind === 'package' ? { kind, name, plugins } : { kind, name, url: url ?? '', plugins };
}

function replayOf(replay: Replay) {
  return {
    sample: replay.sample,
    builtin: replay.builtin,
    kind: replay.kind,
    type: replay.type,
    user: replay.user,
    project: replay.project,
    dstack: replay.dstack,
    outcome: replay.outcome,
    message: replay.message,
    changes: replay.changes.map(changeOf),
    verdict: replay.verdict,
    expected: replay.expected && expectedOf(replay.expected),
    findings: replay.findings.map(findingOf),
    logs: replay.logs,
    milliseconds: replay.milliseconds,
    // Of a REST target alone, and where there is something to look into.
    ...(replay.answers === undefined ? {} : { answers: answersOf(replay) }),
  };
}

function answersOf({ answers = [], verdict, findings }: Replay) {
  if (verdict === 'passed' && findings.length === 0) return [];
  return answers.map(({ phase, url, method, status, headers, body, error, milliseconds }) => ({
    phase,
    url,
    method,
    status,
    headers,
    body,
    error,
    milliseconds,
  }));
}

function changeOf(change: Change) {
  return {
    path: change.path,
    ...sidesOf(change),
    policy: change.policy && { name: change.policy.name, file: change.policy.file, line: change.policy.line },
  };
}

function expectedOf({ outcome, message, changes }: Expected) {
  return {
    outcome,
    message,
    changes: Object.fromEntries(Object.entries(changes).map(([path, value]) => [path, sidesOf(value)])),
  };
}

function sidesOf(value: ChangedValue): JsonObject {
  return {
    ...(value.from === undefined ? {} : { from: value.from }),
    ...(value.to === undefined ? {} : { to: value.to }),
  };
}

function findingOf({ code, severity, text, file, line }: Finding) {
  return { code, severity, text, file, line };
}

function errorOf({ code, file, line, text }: ReportError) {
  return { code, file, line, text };
}
