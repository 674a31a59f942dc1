import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Replay } from '../../src/replay/model.ts';
import { prettyReport } from '../../src/report/pretty.ts';
import type { Report } from '../../src/report/report.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import {
  change,
  error,
  expectModified,
  expectRejected,
  expectUnchanged,
  finding,
  hostileText,
  replay,
  report,
} from './reports.ts';

function shown(data: Report, columns = 80, colour = false): string {
  return `\n${prettyReport(data, { columns, colour })}`;
}

function shownReplay(of: Partial<Replay>, columns = 80): string {
  return shown(report({ replays: [replay(of)] }), columns);
}

const capped = change('/configuration/max_price', 7.5, 2);
const shortened = change('/configuration/max_duration', 604800, 86400);
const expectCapped = expectModified({ '/configuration/max_price': { from: 7.5, to: 2 } });

const passedRun = report({
  replays: [
    replay({ sample: 'samples/dev.dstack.yml', type: 'dev-environment' }),
    replay({
      sample: 'samples/pool.dstack.yml',
      kind: 'fleet',
      type: 'fleet',
      outcome: 'rejected',
      message: 'Fleets must say how many blocks an instance has, so that nobody waits for a whole one',
    }),
    replay({
      sample: 'samples/serve.dstack.yml',
      outcome: 'modified',
      changes: [capped],
      logs: ['INFO capped the price'],
    }),
    replay({ sample: 'samples/serve.dstack.yml', user: 'alice', outcome: 'modified', changes: [capped] }),
    replay({ sample: 'samples/train.dstack.yml', outcome: 'modified', changes: [capped, shortened] }),
    replay({
      sample: 'samples/train.dstack.yml',
      user: 'intern',
      project: 'research',
      outcome: 'rejected',
      message: 'no',
    }),
    replay({ sample: '(dstack offer)', builtin: true, verdict: null }),
  ],
});

const failedRun = report({
  replays: [
    replay({ sample: 'samples/dev.dstack.yml', type: 'dev-environment' }),
    replay({
      sample: 'samples/train.dstack.yml',
      outcome: 'modified',
      verdict: 'differs',
      changes: [change('/configuration/max_duration', 604800, 172800), capped],
      expected: expectModified({
        '/configuration/max_duration': { from: 604800, to: 86400 },
        '/configuration/max_price': { from: 7.5, to: 2 },
      }),
    }),
  ],
});

const mixedRun = report({
  replays: [
    replay({ sample: 'samples/dev.dstack.yml', type: 'dev-environment' }),
    replay({
      sample: 'samples/gpu/large.dstack.yml',
      verdict: 'differs',
      outcome: 'crashed',
      message: "KeyError: 'team'",
      expected: expectUnchanged,
      findings: [
        finding({
          code: 'crashed',
          severity: 'error',
          text: 'A policy raised KeyError, so the user of dstack apply reads only that the server failed.',
          file: 'src/acme_guard/__init__.py',
          line: 31,
        }),
      ],
      logs: [
        "Traceback (most recent call last):\n    team = spec.configuration.tags['team']\nKeyError: 'team'",
      ],
    }),
    replay({
      sample: 'samples/pool.dstack.yml',
      kind: 'fleet',
      type: 'fleet',
      outcome: 'rejected',
      message: 'max_price must be set',
      expected: expectRejected('max_price must be at most 4'),
      verdict: 'differs',
    }),
    replay({
      sample: 'samples/train.dstack.yml',
      user: 'alice',
      project: 'research',
      outcome: 'modified',
      verdict: 'differs',
      changes: [
        change('/configuration/max_duration', 604800, 172800),
        capped,
        change('/configuration/tags/team', undefined, 'ml', {
          name: 'acme_guard.Tags',
          file: null,
          line: null,
        }),
      ],
      expected: expectModified({
        '/configuration/max_duration': { from: 604800, to: 86400 },
        '/configuration/max_price': { from: 7.5, to: 2 },
        '/configuration/regions': { from: ['eu-1', 'us-1', 'us-2'], to: ['eu-1'] },
      }),
      logs: ['WARNING acme_guard: alice asked for 7 days'],
    }),
    replay({
      sample: 'samples/vllm.dstack.yml',
      type: 'service',
      outcome: 'modified',
      verdict: 'new',
      changes: [
        change('/configuration/https', false, true),
        change('/configuration/max_duration', 'off', 86400),
        change('/configuration/regions', ['eu-1', 'us-1', 'us-2'], ['eu-1']),
        change('/configuration/tags/team', undefined, 'ml'),
        change('/configuration/env/HF_TOKEN', '***', undefined),
      ],
    }),
    replay({
      sample: 'samples/vllm.dstack.yml',
      type: 'service',
      user: 'intern',
      project: 'research',
      outcome: 'rejected',
      message: null,
      verdict: 'new',
    }),
  ],
  errors: [
    error({
      file: 'samples/bad.dstack.yml',
      line: 3,
      text: 'The YAML is broken: mapping values are not allowed here.',
      hint: 'Quote the value, or put it on a line of its own.',
    }),
    error({
      code: 'plugin-import-failed',
      text: 'The plugin acme_guard can not be imported, so the server would start without it.',
      details:
        'Traceback (most recent call last):\n  File "src/acme_guard/__init__.py", line 3\nImportError: nope\n',
    }),
  ],
  findings: [finding({ code: 'never-exercised', text: 'No sample reaches acme_guard.Tags.' })],
  obsolete: [
    { file: 'samples/old.expected.yml', removed: false },
    { file: 'samples/older.expected.yml', removed: true },
  ],
});

const longValues = report({
  replays: [
    replay({
      sample: 'samples/some/deeply/nested/folder/of/a/team/with-a-long-name-that-goes-on.dstack.yml',
      outcome: 'modified',
      verdict: 'new',
      changes: [
        change(
          '/configuration/commands',
          [
            'pip install -r requirements.txt',
            `python train.py --model ${'m'.repeat(60)} --epochs 3 --lr 1e-5`,
          ],
          [
            'pip install -r requirements.txt',
            `python train.py --model ${'m'.repeat(60)} --epochs 1 --lr 1e-5`,
          ],
          null,
        ),
        change(
          '/configuration/groups/prefill/resources/gpu/memory',
          { min: 24, max: null },
          { min: 48 },
          null,
        ),
        change(
          '/configuration/env/NOTE',
          `${'x'.repeat(900)}A${'y'.repeat(900)}`,
          `${'x'.repeat(900)}B${'y'.repeat(900)}`,
          null,
        ),
        change(
          '/configuration/volumes',
          [],
          [
            { instance_path: '/mnt/a', path: '/a' },
            { instance_path: '/mnt/b', path: '/b' },
          ],
          null,
        ),
        change('/configuration/env/名前', '数据', '日本語のとても長い値'.repeat(5), null),
        change(
          '/configuration/regions',
          Array.from({ length: 400 }, (_, index) => `region-${index}`),
          ['region-0'],
          null,
        ),
      ],
    }),
  ],
});

describe('the pretty report', () => {
  it('says a passed run in a line for each sample', () => {
    expect(shown(passedRun)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/dev.dstack.yml    unchanged
      ✓ samples/pool.dstack.yml   rejected: Fleets must say how many blocks an instan…
      ✓ samples/serve.dstack.yml  1 change · 2 contexts
          as admin@main
          │ INFO capped the price
      ✓ samples/train.dstack.yml  1 modified, 1 rejected · 2 contexts
      · (dstack offer)            unchanged

      6 passed · 7 replays
      "
    `);
  });

  it('says what a looser expectation asks for in words, which are no value', () => {
    const differs = replay({
      outcome: 'modified',
      verdict: 'differs',
      changes: [
        change('/configuration/image', 'old', 'latest'),
        change('/configuration/user', undefined, 'root'),
      ],
      expected: expectModified({
        '/configuration/image': { from: 'old', to: '(matches /^ci-\\d+$/)', inWords: true },
        '/configuration/name': { to: '(any value)', inWords: true },
        '/configuration/user': { to: 'root' },
      }),
    });
    expect(shown(report({ replays: [differs] }))).toContain(
      `
          changed to another value
            /configuration/image
              expected  old → (matches /^ci-\\d+$/)
              actual    old → latest
              by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

          expected, but did not happen
            /configuration/name  (nothing) → (any value)

          1 other change as expected
`.replaceAll('\n      ', '\n'),
    );
  });

  it('says what failed, expected beside actual, and what to do', () => {
    expect(shown(failedRun)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/dev.dstack.yml    unchanged
      ✗ samples/train.dstack.yml  failed: other changes than expected

      ✗ samples/train.dstack.yml  as admin@main  failed
          expected  modified, 2 changes
          actual    modified, 2 changes

          changed to another value
            /configuration/max_duration
              expected  604800 → 86400 (7d → 1d)
              actual    604800 → 172800 (7d → 2d)
              by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

          1 other change as expected

      1 passed, 1 failed · 2 replays

      → Failed: mend the policy or, if the new result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
  });

  it('says the same in colour', () => {
    const text = prettyReport(failedRun, { columns: 80, colour: true });
    expect(JSON.stringify(text).replaceAll('\\u001b', '␛').split('\\n')).toMatchInlineSnapshot(`
      [
        ""␛[1macme-guard · dstack 0.22.5␛[22m",
        "",
        "␛[32m✓␛[39m samples/dev.dstack.yml    ␛[2munchanged␛[22m",
        "␛[31m✗␛[39m samples/train.dstack.yml  ␛[31mfailed: other changes than expected␛[39m",
        "",
        "␛[31m✗␛[39m ␛[1msamples/train.dstack.yml␛[22m  as admin@main  ␛[31mfailed␛[39m",
        "    ␛[2mexpected␛[22m  modified, 2 changes",
        "    ␛[2mactual␛[22m    modified, 2 changes",
        "",
        "    changed to another value",
        "      /configuration/max_duration",
        "        ␛[2mexpected  ␛[22m␛[31m604800␛[39m → ␛[32m86400␛[39m␛[2m (7d → 1d)␛[22m",
        "        ␛[2mactual    ␛[22m␛[31m604800␛[39m → ␛[32m172800␛[39m␛[2m (7d → 2d)␛[22m",
        "        ␛[2mby acme_guard.CostPolicy · src/acme_guard/__init__.py:14␛[22m",
        "",
        "    ␛[2m1 other change as expected␛[22m",
        "",
        "␛[1m␛[32m1 passed␛[39m␛[22m, ␛[1m␛[31m1 failed␛[39m␛[22m␛[2m · ␛[22m␛[2m2 replays␛[22m",
        "",
        "␛[36m→␛[39m Failed: mend the policy or, if the new result is right, record it:",
        "    ␛[1mnpx create-dstack-plugin test --update␛[22m",
        """,
      ]
    `);
    expect(stripVTControlCharacters(text)).toBe(prettyReport(failedRun, { columns: 80, colour: false }));
  });

  it('says everything that can happen, on 80 columns', () => {
    expect(shown(mixedRun)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/dev.dstack.yml        unchanged
      ✗ samples/gpu/large.dstack.yml  failed: crashed instead of unchanged · 1 error
      ✗ samples/pool.dstack.yml       failed: another message than expected
      ✗ samples/train.dstack.yml      failed: other changes than expected
      + samples/vllm.dstack.yml       2 new · 2 contexts

      ✗ samples/gpu/large.dstack.yml  as admin@main  failed
          expected  unchanged
          actual    crashed: the server answers 500
                    KeyError: 'team'

          ✗ error crashed: A policy raised KeyError, so the user of dstack apply reads
            only that the server failed.
            src/acme_guard/__init__.py:31

          │ Traceback (most recent call last):
          │     team = spec.configuration.tags['team']
          │ KeyError: 'team'

      ✗ samples/pool.dstack.yml  as admin@main  failed
          expected  rejected: max_price must be at most 4
          actual    rejected: max_price must be set

      ✗ samples/train.dstack.yml  as alice@research  failed
          expected  modified, 3 changes
          actual    modified, 3 changes

          changed to another value
            /configuration/max_duration
              expected  604800 → 86400 (7d → 1d)
              actual    604800 → 172800 (7d → 2d)
              by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

          expected, but did not happen
            /configuration/regions  - us-1  - us-2  (1 stays)

          happened, but was not expected
            /configuration/tags/team  (nothing) → ml
            by acme_guard.Tags

          1 other change as expected

          │ WARNING acme_guard: alice asked for 7 days

      + samples/vllm.dstack.yml  as admin@main  new
          expected  nothing is recorded yet
          actual    modified, 5 changes

            /configuration/https         false     → true
            /configuration/max_duration  off       → 86400 (1d)
            /configuration/regions       - us-1  - us-2  (1 stays)
            /configuration/tags/team     (nothing) → ml
            /configuration/env/HF_TOKEN  ***       → (nothing)
            by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

      + samples/vllm.dstack.yml  as intern@research  new
          expected  nothing is recorded yet
          actual    rejected without a message

      ! warning never-exercised: No sample reaches acme_guard.Tags.

      ✗ samples/bad.dstack.yml:3  error
          The YAML is broken: mapping values are not allowed here.
          → Quote the value, or put it on a line of its own.

      ✗ error: The plugin acme_guard can not be imported, so the server would start
          without it.
          │ Traceback (most recent call last):
          │   File "src/acme_guard/__init__.py", line 3
          │ ImportError: nope

      - samples/old.expected.yml  obsolete: its sample is gone
      - samples/older.expected.yml  removed: its sample is gone

      1 passed, 3 failed, 2 new, 2 errors, 2 findings, 2 obsolete · 6 replays

      → Mend what is marked as an error, then test again.
      → Failed: mend the policy; a crash can't be recorded.
      → Failed: mend the policy or, if the new result is right, record it:
          npx create-dstack-plugin test samples/pool.dstack.yml \\
            samples/train.dstack.yml --update
      → New: if the result is right, record it:
          npx create-dstack-plugin test samples/vllm.dstack.yml --update
      → Obsolete: an update of all samples removes these expectations as well.
      "
    `);
  });

  it('says everything that can happen, on 50 columns', () => {
    expect(shown(mixedRun, 50)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/dev.dstack.yml        unchanged
      ✗ samples/gpu/large.dstack.yml
          failed: crashed instead of unchanged · 1 error
      ✗ samples/pool.dstack.yml
          failed: another message than expected
      ✗ samples/train.dstack.yml
          failed: other changes than expected
      + samples/vllm.dstack.yml       2 new · 2 contexts

      ✗ samples/gpu/large.dstack.yml
        as admin@main  failed
          expected  unchanged
          actual    crashed: the server answers 500
                    KeyError: 'team'

          ✗ error crashed: A policy raised KeyError, so
            the user of dstack apply reads only that the
            server failed.
            src/acme_guard/__init__.py:31

          │ Traceback (most recent call last):
          │     team = spec.configuration.tags['team']
          │ KeyError: 'team'

      ✗ samples/pool.dstack.yml  as admin@main  failed
          expected  rejected: max_price must be at most
                    4
          actual    rejected: max_price must be set

      ✗ samples/train.dstack.yml
        as alice@research  failed
          expected  modified, 3 changes
          actual    modified, 3 changes

          changed to another value
            /configuration/max_duration
              expected  604800 → 86400 (7d → 1d)
              actual    604800 → 172800 (7d → 2d)
              by acme_guard.CostPolicy
              src/acme_guard/__init__.py:14

          expected, but did not happen
            /configuration/regions
              - us-1  - us-2  (1 stays)

          happened, but was not expected
            /configuration/tags/team
              (nothing) → ml
            by acme_guard.Tags

          1 other change as expected

          │ WARNING acme_guard: alice asked for 7 days

      + samples/vllm.dstack.yml  as admin@main  new
          expected  nothing is recorded yet
          actual    modified, 5 changes

            /configuration/https
              false → true
            /configuration/max_duration
              off → 86400 (1d)
            /configuration/regions
              - us-1  - us-2  (1 stays)
            /configuration/tags/team
              (nothing) → ml
            /configuration/env/HF_TOKEN
              *** → (nothing)
            by acme_guard.CostPolicy
            src/acme_guard/__init__.py:14

      + samples/vllm.dstack.yml  as intern@research  new
          expected  nothing is recorded yet
          actual    rejected without a message

      ! warning never-exercised: No sample reaches
        acme_guard.Tags.

      ✗ samples/bad.dstack.yml:3  error
          The YAML is broken: mapping values are not
          allowed here.
          → Quote the value, or put it on a line of its
            own.

      ✗ error: The plugin acme_guard can not be
          imported, so the server would start without
          it.
          │ Traceback (most recent call last):
          │   File "src/acme_guard/__init__.py", line 3
          │ ImportError: nope

      - samples/old.expected.yml  obsolete: its sample
        is gone
      - samples/older.expected.yml  removed: its sample
        is gone

      1 passed, 3 failed, 2 new, 2 errors, 2 findings, 2
      obsolete · 6 replays

      → Mend what is marked as an error, then test
        again.
      → Failed: mend the policy; a crash can't be
        recorded.
      → Failed: mend the policy or, if the new result is
        right, record it:
          npx create-dstack-plugin test \\
            samples/pool.dstack.yml \\
            samples/train.dstack.yml --update
      → New: if the result is right, record it:
          npx create-dstack-plugin test \\
            samples/vllm.dstack.yml --update
      → Obsolete: an update of all samples removes these
        expectations as well.
      "
    `);
  });

  it('folds long values so that what differs stays visible', () => {
    expect(shown(longValues)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      + samples/some/deeply/nested/folder/of/a/team/
        with-a-long-name-that-goes-on.dstack.yml
          new: 6 changes

      + samples/some/deeply/nested/folder/of/a/team/
        with-a-long-name-that-goes-on.dstack.yml
        as admin@main  new
          expected  nothing is recorded yet
          actual    modified, 6 changes

            /configuration/commands
              - python train.py --model mmmmmmmmmmm…mmmmmmmmmmmmm --epochs 3 --lr 1e-5
              + python train.py --model mmmmmmmmmmm…mmmmmmmmmmmmm --epochs 1 --lr 1e-5
              (1 stays)
            /configuration/groups/prefill/resources/gpu/memory
              {min: 24, max: null} → {min: 48}
            /configuration/env/NOTE
              - …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                xAyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
              + …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                xByyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
            /configuration/volumes
              + {instance_path: /mnt/a, path: /a}  + {instance_path: /mnt/b, path: /b}
            /configuration/env/名前
              - 数据
              + 日本語のとても長い値日本語のとても長い値日本語のとても長い値日本語のと
                ても長い値日本語のとても長い値
            /configuration/regions
              - region-1
              - region-2
              - region-3
              - region-4
              - region-5
              - region-6
              - region-7
              - region-8
              - region-9
              - region-10
              - region-11
              - region-12
              - region-13
              - region-14
              - region-15
              - region-16
              - region-17
              - region-18
              - region-19
              - … 380 more
              (1 stays)

      1 new · 1 replay

      → New: if the result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
  });

  it.each([40, 41, 50, 63, 80, 100, 120, 200])('fits %i columns', (columns) => {
    for (const data of [passedRun, failedRun, mixedRun, longValues]) {
      const wide = prettyReport(data, { columns, colour: true })
        .split('\n')
        .map(stripVTControlCharacters)
        .filter((line) => displayWidth(line) > columns);
      expect(wide).toEqual([]);
    }
  });

  it('has no escape and no space at a line end without colour', () => {
    for (const data of [passedRun, failedRun, mixedRun, longValues]) {
      expect(shown(data)).not.toMatch(/ $/m);
      expect(stripVTControlCharacters(shown(data))).toBe(shown(data));
    }
  });

  it('gives the same text for the same report', () => {
    expect(shown(mixedRun)).toBe(shown(structuredClone(mixedRun)));
  });
});

describe('a replay in the pretty report', () => {
  it('whose outcome is another says both', () => {
    expect(
      shownReplay({
        outcome: 'rejected',
        message: 'max_price must be set',
        verdict: 'differs',
        expected: expectCapped,
      }),
    ).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✗ samples/train.dstack.yml  failed: rejected instead of modified

      ✗ samples/train.dstack.yml  as admin@main  failed
          expected  modified, 1 change
          actual    rejected: max_price must be set

          expected, but did not happen
            /configuration/max_price  7.5 → 2

      1 failed · 1 replay

      → Failed: mend the policy or, if the new result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
    expect(
      shownReplay({
        outcome: 'modified',
        changes: [capped],
        verdict: 'differs',
        expected: expectRejected('no'),
      }),
    ).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✗ samples/train.dstack.yml  failed: modified instead of rejected

      ✗ samples/train.dstack.yml  as admin@main  failed
          expected  rejected: no
          actual    modified, 1 change

          happened, but was not expected
            /configuration/max_price  7.5 → 2
            by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

      1 failed · 1 replay

      → Failed: mend the policy or, if the new result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
  });

  it.each(['crashed', 'invalid', 'timed-out'] as const)(
    'that %s says what it means, and offers no update',
    (outcome) => {
      const text = shownReplay({ outcome, message: 'Why it is so', verdict: 'differs' });
      expect(text).toContain('Why it is so');
      expect(text).toMatch(/answers 500|dstack refuses what the policy made|no answer within the limit/);
      expect(text).not.toContain('--update');
    },
  );

  it('shows a message of several lines in full', () => {
    const message = `First line\n${'word '.repeat(60)}\n\n  indented\nlast line`;
    expect(shownReplay({ outcome: 'rejected', message, verdict: 'new' }, 60)).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      + samples/train.dstack.yml  new: rejected: First line …

      + samples/train.dstack.yml  as admin@main  new
          expected  nothing is recorded yet
          actual    rejected: First line
                    word word word word word word word word word
                    word word word word word word word word word
                    word word word word word word word word word
                    word word word word word word word word word
                    word word word word word word word word word
                    word word word word word word word word word
                    word word word word word word

                      indented
                    last line

      1 new · 1 replay

      → New: if the result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
  });

  it('that was recorded says what, and what was recorded before', () => {
    expect(
      shownReplay({
        outcome: 'modified',
        changes: [capped],
        verdict: 'updated',
        expected: expectRejected('no'),
      }),
    ).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ~ samples/train.dstack.yml  updated: 1 change

      ~ samples/train.dstack.yml  as admin@main  updated
          before    rejected: no
          recorded  modified, 1 change

            /configuration/max_price  7.5 → 2
            by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

      1 updated · 1 replay

      → Updated: look at what was recorded before you commit it.
      "
    `);
    expect(
      shownReplay({ outcome: 'modified', changes: [capped], verdict: 'updated', expected: expectCapped }),
    ).not.toContain('    before ');
  });

  it('that passed with a warning has its finding shown', () => {
    expect(
      shownReplay({ findings: [finding({ file: 'src/acme_guard/__init__.py', line: 14 })] }),
    ).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/train.dstack.yml  unchanged · 1 warning

      ! samples/train.dstack.yml  as admin@main  1 warning
          actual    unchanged

          ! warning slow: The policy took 1.4 s.
            src/acme_guard/__init__.py:14

      1 passed, 1 finding · 1 replay
      "
    `);
  });

  it('with an error among its findings is marked as failed even if it passed', () => {
    const text = shownReplay({ findings: [finding({ code: 'returns-nothing', severity: 'error' })] });
    expect(text).toContain('✗ samples/train.dstack.yml  unchanged · 1 error');
    expect(text).toContain('→ Mend the findings marked as errors: they fail the run, whatever is expected.');
  });

  it('is shown once for contexts and versions with one result', () => {
    const of = { outcome: 'modified', changes: [capped], verdict: 'new' } as const;
    const replays = ['0.21.2', '0.21.3'].flatMap((dstack) =>
      ['alice', 'bob'].map((user) =>
        replay({ ...of, dstack, user, profile: user === 'bob' ? 'spot' : null }),
      ),
    );
    const odd = replay({ ...of, dstack: '0.21.3', user: 'carol', outcome: 'unchanged', changes: [] });
    expect(shown(report({ replays: [...replays, odd] }))).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.21.2, 0.21.3

      + samples/train.dstack.yml  5 new · 3 contexts · 2 dstack versions

      + samples/train.dstack.yml
        as alice@main, bob@main with profile spot on dstack 0.21.2, 0.21.3  new
          expected  nothing is recorded yet
          actual    modified, 1 change

            /configuration/max_price  7.5 → 2
            by acme_guard.CostPolicy · src/acme_guard/__init__.py:14

      + samples/train.dstack.yml  as carol@main on dstack 0.21.3  new
          expected  nothing is recorded yet
          actual    unchanged

      5 new · 5 replays

      → New: if the result is right, record it:
          npx create-dstack-plugin test --update
      "
    `);
  });

  it('with many log lines shows the first of them', () => {
    const text = shownReplay({ logs: Array.from({ length: 500 }, (_, index) => `line ${index}`) });
    expect(text).toContain('    │ line 8\n    │ … 491 more lines\n');
  });

  it('names no policy for a change whose policy is unknown, beside others that are known', () => {
    const text = shownReplay({
      outcome: 'modified',
      verdict: 'new',
      changes: [change('/a', 1, 2, null), capped],
    });
    expect(text).toContain('/a                        1   → 2\n      by a policy that is not known\n');
  });
});

describe('the end of the pretty report', () => {
  it('names the samples where a failed and a new one wait for different decisions', () => {
    expect(shown(mixedRun)).toContain('test samples/vllm.dstack.yml --update');
    const spaced = report({
      replays: [...failedRun.replays, replay({ sample: 'samples/with space.dstack.yml', verdict: 'new' })],
    });
    expect(shown(spaced)).not.toContain('space.dstack.yml --update');
  });

  it('says that nothing was replayed', () => {
    expect(
      shown(
        report({
          target: null,
          exitCode: 2,
          errors: [error({ code: 'no-samples', text: 'There is no sample.' })],
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      ✗ error: There is no sample.

      1 error · nothing was replayed

      → Mend what is marked as an error, then test again.
      "
    `);
  });

  it('says that a run was interrupted', () => {
    expect(shown({ ...passedRun, exitCode: 130 })).toContain(
      '6 passed · 7 replays · interrupted before the end',
    );
  });

  it('names a REST target with its address, and plugins that are called otherwise than the project', () => {
    const target = {
      kind: 'rest',
      name: 'guard',
      plugins: ['rest_plugin'],
      url: 'http://127.0.0.1:8000',
    } as const;
    expect(shown(report({ target, replays: [replay({})] }))).toContain(
      '\nguard · plugin rest_plugin · http://127.0.0.1:8000 · dstack 0.22.5\n',
    );
  });
});

describe('hostile text in the pretty report', () => {
  const hostile = report({
    target: { kind: 'package', name: hostileText, plugins: [hostileText] },
    replays: [
      replay({
        sample: `samples/${hostileText}.dstack.yml`,
        user: hostileText,
        profile: hostileText,
        outcome: 'rejected',
        message: `${hostileText}\n::error::injected\n  ::stop-commands::x`,
        verdict: 'new',
        changes: [
          change(`/a/${hostileText}`, hostileText, [hostileText], {
            name: hostileText,
            file: hostileText,
            line: 3,
          }),
        ],
        findings: [finding({ text: hostileText, file: hostileText })],
        logs: [hostileText, '::error::injected'],
      }),
    ],
    errors: [error({ file: hostileText, text: hostileText, details: hostileText, hint: hostileText })],
    findings: [finding({ text: hostileText })],
    obsolete: [{ file: hostileText, removed: true }],
  });

  it.each([40, 80, 200])(
    'moves no cursor, reorders nothing and gives CI no command, on %i columns',
    (columns) => {
      const text = prettyReport(hostile, { columns, colour: false });
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u);
      expect(text).not.toMatch(/^\s*::[\w-]+.*::/m);
      expect(text).not.toMatch(/##\[/);
      expect(text).toContain('\\x1b[2J');
    },
  );

  it('adds no escape to those of the colours', () => {
    const text = prettyReport(hostile, { columns: 80, colour: true });
    expect(stripVTControlCharacters(text)).toBe(prettyReport(hostile, { columns: 80, colour: false }));
    expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe('a report on 5,000 replays', () => {
  it('takes seconds and little memory', () => {
    const replays = Array.from({ length: 5000 }, (_, index) => ({
      ...(mixedRun.replays[index % mixedRun.replays.length] as Replay),
      sample: `samples/team-${index % 50}/sample-${index}.dstack.yml`,
    }));
    const before = process.memoryUsage().heapUsed;
    const text = prettyReport(report({ replays }), { columns: 80, colour: true });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150e6);
    expect(text.length).toBeLessThan(10e6);
  }, 10_000);
});

describe('a report on megabytes of text', () => {
  it.each([
    ['without a space', 'x'.repeat(2_000_000)],
    ['of short lines', 'word\n'.repeat(400_000)],
    ['of wide characters', '数据'.repeat(700_000)],
    ['of slashes', '/'.repeat(2_000_000)],
  ])(
    'takes a moment: %s',
    (_, text) => {
      const huge = report({
        replays: [
          replay({
            outcome: 'rejected',
            message: text,
            verdict: 'new',
            logs: [text],
            changes: [change('/a', text, `${text}!`)],
          }),
        ],
        errors: [error({ text, details: text, hint: text })],
      });
      expect(prettyReport(huge, { columns: 80, colour: false }).split('\n').length).toBeLessThan(900);
    },
    10_000,
  );
});

describe('a rejection', () => {
  it('names the policy that it came from, and where that is', () => {
    const by = { name: 'acme_guard.PriceGuard', file: 'src/acme_guard/__init__.py', line: 21 };
    expect(shownReplay({ verdict: 'new', outcome: 'rejected', message: 'set max_price', by })).toContain(`
    actual    rejected: set max_price
              by acme_guard.PriceGuard · src/acme_guard/__init__.py:21
`);
  });
});
