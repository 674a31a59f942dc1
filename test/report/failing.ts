import type { Report } from '../../src/report/report.ts';
import {
  change,
  error,
  expectModified,
  expectRejected,
  expectUnchanged,
  finding,
  replay,
  report,
} from './reports.ts';

const expectedAt = (line: number) => ({ file: 'samples/train.expected.yml', line });

/** A run with one of everything that a person has to act on. */
export const failingRun: Report = report({
  replays: [
    replay({ sample: 'samples/dev.dstack.yml', type: 'dev-environment', logs: ['INFO looked at it'] }),
    replay({
      outcome: 'modified',
      verdict: 'differs',
      changes: [
        change('/configuration/max_price', 7.5, 3),
        change('/configuration/regions', ['eu-1', 'us-1'], ['eu-1']),
      ],
      expected: expectModified({
        '/configuration/max_price': { from: 7.5, to: 2 },
        '/configuration/tags/team': { to: 'a|b' },
      }),
      expectedAt: expectedAt(2),
    }),
    replay({
      user: 'bob',
      verdict: 'differs',
      expected: expectRejected('max_price must be set'),
      expectedAt: expectedAt(9),
    }),
    replay({
      user: 'alice',
      outcome: 'crashed',
      verdict: 'differs',
      message: "KeyError: 'team'",
      by: { name: 'acme_guard.TeamPolicy', file: 'src/acme_guard/team.py', line: 4 },
      expected: expectUnchanged,
      expectedAt: expectedAt(12),
      logs: ['Traceback (most recent call last):', "KeyError: 'team'"],
      findings: [
        finding({
          code: 'crashed',
          severity: 'error',
          text: "The policy raised KeyError: 'team'. See docs/findings.md#crashed.",
          file: 'src/acme_guard/team.py',
          line: 4,
        }),
      ],
    }),
    replay({
      sample: 'samples/new.dstack.yml',
      outcome: 'modified',
      verdict: 'new',
      changes: [change('/configuration/max_duration', 604800, 86400)],
    }),
    replay({
      sample: 'samples/slow.dstack.yml',
      findings: [finding({ file: 'src/acme_guard/__init__.py', line: 9 })],
    }),
    replay({ sample: '(dstack offer)', builtin: true, verdict: null }),
  ],
  errors: [error({ file: 'samples/bad.dstack.yml', line: 3, hint: 'Write it so.' })],
  findings: [
    finding({
      code: 'never-exercised',
      text: 'No sample reaches this policy.',
      file: 'src/acme_guard/old.py',
      line: 2,
    }),
  ],
  obsolete: [{ file: 'samples/gone.expected.yml', removed: false }],
});
