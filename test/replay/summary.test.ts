import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/failure.ts';
import type { Finding, Replay } from '../../src/replay/model.ts';
import { failOnLevels } from '../../src/replay/strictness.ts';
import { exitCodeFor, summarise } from '../../src/replay/summary.ts';

const replay = (verdict: Replay['verdict'], findings: readonly Finding[] = []): Replay => ({
  sample: 'samples/a.dstack.yml',
  builtin: verdict === null,
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
  verdict,
  expected: null,
  findings,
  logs: [],
  milliseconds: 1,
});
const finding = (severity: Finding['severity']): Finding => ({
  code: 'x',
  severity,
  text: 'x',
  file: null,
  line: null,
});

it('counts verdicts, and the findings of replays and of the run', () => {
  expect(
    summarise(
      [
        replay('passed', [finding('warning')]),
        replay('differs'),
        replay('new'),
        replay('updated'),
        replay(null),
      ],
      [{}, {}],
      [finding('error')],
    ),
  ).toEqual({ replays: 4, passed: 1, differs: 1, new: 1, updated: 1, findings: 2, errors: 2 });
});

describe('a run ends with', () => {
  const code = (
    replays: readonly Replay[],
    errors: readonly ExitCode[] = [],
    findings: readonly Finding[] = [],
  ) => exitCodeFor({ replays, errors, findings });

  it('0 where every replay passed or was recorded', () => {
    expect(
      code([replay('passed'), replay('updated'), replay('passed', [finding('warning')]), replay(null)]),
    ).toBe(0);
  });

  it('1 where a replay differs, is new, or a finding is an error', () => {
    expect(code([replay('passed'), replay('differs')])).toBe(1);
    expect(code([replay('new')])).toBe(1);
    expect(code([replay('passed', [finding('error')])])).toBe(1);
    expect(code([replay('passed')], [], [finding('error')])).toBe(1);
    expect(code([replay('passed'), replay(null)].concat(replay(null, [finding('error')])))).toBe(1);
  });

  it('the code of an error, of which the gravest wins', () => {
    expect(code([replay('passed')], [ExitCode.usage])).toBe(2);
    expect(code([replay('differs')], [ExitCode.usage])).toBe(2);
    expect(code([replay('differs')], [ExitCode.usage, ExitCode.cannotRun])).toBe(3);
    expect(code([], [ExitCode.cannotRun])).toBe(3);
  });

  const verdicts = ['passed', 'differs', 'new', 'updated', null] as const;
  const severities = [null, 'warning', 'error'] as const;
  const errorCodes = [null, ExitCode.usage, ExitCode.cannotRun, ExitCode.interrupted] as const;
  const combinations = verdicts.flatMap((verdict) =>
    severities.flatMap((severity) =>
      errorCodes.flatMap((error) =>
        failOnLevels.flatMap((failOn) =>
          [false, true].flatMap((obsoleteFails) =>
            [false, true].map((emptyShard) => ({
              verdict,
              severity,
              error,
              failOn,
              obsoleteFails,
              emptyShard,
            })),
          ),
        ),
      ),
    ),
  );

  /** The table of the README, from its last line to its first. */
  const table: readonly [ExitCode, (of: (typeof combinations)[number]) => boolean][] = [
    [130, ({ error }) => error === 130],
    [3, ({ error }) => error === 3],
    [2, ({ error }) => error === 2],
    [2, ({ verdict, error, emptyShard }) => verdict === null && error === null && !emptyShard],
    [1, ({ verdict }) => verdict === 'differs' || verdict === 'new'],
    [1, ({ severity, failOn }) => severity === 'error' && failOn !== 'none'],
    [1, ({ severity, failOn }) => severity === 'warning' && failOn === 'warning'],
    [1, ({ obsoleteFails }) => obsoleteFails],
    [0, () => true],
  ];

  it.each(combinations)(
    'what the table says: $verdict, finding $severity, error $error, --fail-on $failOn, obsolete fails: $obsoleteFails, empty shard: $emptyShard',
    (of) => {
      const found = of.severity === null ? [] : [finding(of.severity)];
      const [expected] = table.find(([, holds]) => holds(of)) ?? [];
      const about = {
        errors: of.error === null ? [] : [of.error],
        failOn: of.failOn,
        obsoleteFails: of.obsoleteFails,
        emptyShard: of.emptyShard,
      };
      expect(exitCodeFor({ replays: [replay(of.verdict, found)], findings: [], ...about })).toBe(expected);
      expect(exitCodeFor({ replays: [replay(of.verdict)], findings: found, ...about })).toBe(expected);
    },
  );

  it('2 where no sample was replayed', () => {
    expect(code([])).toBe(2);
    expect(code([replay(null)])).toBe(2);
  });
});
