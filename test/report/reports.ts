import type { Change, Expected, Finding, Json, Replay, Verdict } from '../../src/replay/model.ts';
import { jsonReport } from '../../src/report/json.ts';
import { junitReport } from '../../src/report/junit.ts';
import type { Report, ReportError } from '../../src/report/report.ts';

/** All pieces of the JSON report. */
export function jsonText(report: Report): string {
  return [...jsonReport(report)].join('');
}

/** All pieces of the JUnit report. */
export function junitText(report: Report): string {
  return [...junitReport(report)].join('');
}

/** A replay that passed unchanged, with what a test wants to be different. */
export function replay(of: Partial<Replay>): Replay {
  return {
    sample: 'samples/train.dstack.yml',
    builtin: false,
    kind: 'run',
    type: 'task',
    user: 'admin',
    project: 'main',
    profile: null,
    dstack: '0.22.5',
    outcome: 'unchanged',
    message: null,
    by: null,
    changes: [],
    verdict: 'passed',
    expected: null,
    findings: [],
    logs: [],
    milliseconds: 3,
    ...of,
  };
}

export function change(
  path: string,
  from: Json | undefined,
  to: Json | undefined,
  policy = costPolicy,
): Change {
  return { path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), policy };
}

const costPolicy: Change['policy'] = {
  name: 'acme_guard.CostPolicy',
  file: 'src/acme_guard/__init__.py',
  line: 14,
};

export function expectModified(changes: Expected['changes']): Expected {
  return { outcome: 'modified', message: null, changes };
}

export const expectUnchanged: Expected = { outcome: 'unchanged', message: null, changes: {} };

export function expectRejected(message: string | null): Expected {
  return { outcome: 'rejected', message, changes: {} };
}

export function finding(of: Partial<Finding>): Finding {
  return { code: 'slow', severity: 'warning', text: 'The policy took 1.4 s.', file: null, line: null, ...of };
}

export function error(of: Partial<ReportError>): ReportError {
  return {
    code: 'invalid-sample',
    file: null,
    line: null,
    text: 'It is wrong.',
    hint: null,
    details: null,
    ...of,
  };
}

/** A report over these replays, its summary counted from them. */
export function report(of: Partial<Report>): Report {
  const replays = of.replays ?? [];
  const errors = of.errors ?? [];
  const count = (verdict: Verdict) => replays.filter((each) => each.verdict === verdict).length;
  const findings = replays.flatMap((each) => each.findings).length + (of.findings ?? []).length;
  return {
    schema: 1,
    tool: '1.0.0',
    target: { kind: 'package', name: 'acme-guard', plugins: ['acme_guard'] },
    replays,
    errors,
    findings: [],
    obsolete: [],
    summary: {
      replays: replays.length,
      passed: count('passed'),
      differs: count('differs'),
      new: count('new'),
      updated: count('updated'),
      findings,
      errors: errors.length,
    },
    exitCode: errors.length > 0 ? 2 : count('differs') + count('new') > 0 ? 1 : 0,
    ...of,
  };
}

/** Terminal escapes, bidi overrides, workflow commands, markup: text that tries to be more than text. */
export const hostileText =
  '\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil\x1b\\link \x9b31m \u202Etxt.exe\u202C \r::error::x\n##[group]<script>alert(1)</script> \u200B\u{E0041}\x7f';
