import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import standard from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { findingCodes } from '../../src/replay/findings/codes.ts';
import { explanations } from '../../src/report/explanations.ts';
import { placesIn } from '../../src/report/places.ts';
import type { Report } from '../../src/report/report.ts';
import { sarifReport } from '../../src/report/sarif.ts';
import { emptyFolder } from '../executable.ts';
import { hostileReport } from './hostile.ts';
import { change, error, expectModified, expectUnchanged, finding, replay, report } from './reports.ts';

const display = { columns: 80, colour: true };

// The schema of the standard: in an older dialect of JSON Schema, whose `id` is another word today, and with patterns in that of its time.
const { id, $schema, ...schema } = standard;
const validate = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  unicodeRegExp: false,
}).compile(schema);

function problemsOf(text: string) {
  validate(JSON.parse(text));
  return validate.errors ?? [];
}

function resultsOf(data: Report, root?: string) {
  const text = sarifReport(data, root === undefined ? display : { ...display, places: placesIn(root) });
  return JSON.parse(text).runs[0].results.map(
    // biome-ignore lint/suspicious/noExplicitAny: JSON of the format under test
    ({ ruleId, level, locations, relatedLocations = [] }: any) => ({
      ruleId,
      level,
      at: locations?.map(place),
      // biome-ignore lint/suspicious/noExplicitAny: JSON of the format under test
      also: relatedLocations.map((each: any) => `${place(each)} ${each.message.text}`),
    }),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of the format under test
function place({ physicalLocation: { artifactLocation, region } }: any): string {
  return `${artifactLocation.uri}:${region.startLine}`;
}

const failing = report({
  replays: [
    replay({
      outcome: 'modified',
      verdict: 'differs',
      changes: [change('/configuration/max_price', 7.5, 3)],
      expected: expectModified({ '/configuration/max_price': { from: 7.5, to: 2 } }),
      expectedAt: { file: 'samples/train.expected.yml', line: 2 },
    }),
    replay({
      user: 'bob',
      outcome: 'unchanged',
      verdict: 'differs',
      expected: expectModified({ '/configuration/max_price': { to: 2 } }),
      expectedAt: { file: 'samples/train.expected.yml', line: 6 },
    }),
    replay({
      user: 'alice',
      outcome: 'crashed',
      verdict: 'differs',
      message: 'KeyError',
      by: { name: 'a.B', file: 'src/a b.py', line: 4 },
      expected: expectUnchanged,
    }),
    replay({ sample: 'samples/new.dstack.yml', verdict: 'new' }),
    replay({ sample: 'samples/one.dstack.yml', findings: [finding({ file: 'src/a b.py', line: 9 })] }),
    replay({ sample: 'samples/two.dstack.yml', findings: [finding({ file: 'src/a b.py', line: 9 })] }),
  ],
  errors: [error({ file: 'samples/bad.dstack.yml', line: 3 }), error({ code: 'no-python' })],
  obsolete: [{ file: 'samples/gone.expected.yml', removed: false }],
});

describe('the SARIF report', () => {
  it.each<readonly [string, Report]>([
    ['a passed run', report({ replays: [replay({})] })],
    ['a failing run', failing],
    [
      'every finding',
      report({ replays: [replay({ findings: findingCodes.map((code) => finding({ code })) })] }),
    ],
    [
      'a run that could not begin',
      report({ target: null, exitCode: 3, errors: [error({ code: 'no-python' })] }),
    ],
    ['an empty run', report({ exitCode: 2 })],
    ['hostile words everywhere', hostileReport],
  ])('fits the schema of SARIF 2.1.0: %s', (_, data) => {
    expect(problemsOf(sarifReport(data, display))).toEqual([]);
  });

  it('is on the policy that did it, else on the expectation, else on the sample, and one result for all that say the same', () => {
    expect(resultsOf(failing)).toEqual([
      {
        ruleId: 'differs',
        level: 'error',
        at: ['src/acme_guard/__init__.py:14'],
        also: ['samples/train.expected.yml:2 what is expected', 'samples/train.dstack.yml:1 the sample'],
      },
      {
        ruleId: 'differs',
        level: 'error',
        at: ['samples/train.expected.yml:6'],
        also: ['samples/train.dstack.yml:1 the sample'],
      },
      {
        ruleId: 'differs',
        level: 'error',
        at: ['src/a%20b.py:4'],
        also: ['samples/train.dstack.yml:1 the sample'],
      },
      { ruleId: 'new', level: 'error', at: ['samples/new.dstack.yml:1'], also: [] },
      {
        ruleId: 'slow',
        level: 'warning',
        at: ['src/a%20b.py:9'],
        also: [
          'samples/one.dstack.yml:1 a sample that shows it',
          'samples/two.dstack.yml:1 a sample that shows it',
        ],
      },
      { ruleId: 'invalid-sample', level: 'error', at: ['samples/bad.dstack.yml:3'], also: [] },
      { ruleId: 'obsolete', level: 'note', at: ['samples/gone.expected.yml:1'], also: [] },
    ]);
  });

  it('names files from the root of the repository, and the line of the sample that it is about', () => {
    const repository = emptyFolder();
    const root = join(repository, 'plugins/guard');
    mkdirSync(join(root, 'samples'), { recursive: true });
    mkdirSync(join(repository, '.git'));
    writeFileSync(join(root, 'samples/train.dstack.yml'), 'type: task\ncommands: [x]\nmax_price: 7.5\n');
    const [first] = resultsOf(failing, root);
    expect(first.at).toEqual(['plugins/guard/src/acme_guard/__init__.py:14']);
    expect(first.also).toContain('plugins/guard/samples/train.dstack.yml:3 the sample');
  });

  it('says that the run failed where something could not run', () => {
    const { invocations } = JSON.parse(sarifReport(failing, display)).runs[0];
    expect(invocations).toMatchObject([
      {
        executionSuccessful: false,
        exitCode: 2,
        toolExecutionNotifications: [{ descriptor: { id: 'no-python' } }],
      },
    ]);
    expect(JSON.parse(sarifReport(report({ exitCode: 2 }), display)).runs[0].invocations[0]).toMatchObject({
      executionSuccessful: false,
    });
  });

  it('explains every finding as the documentation does', () => {
    const known = explanations();
    expect(findingCodes.filter((code) => !known.has(code))).toEqual([]);
    const { rules } = JSON.parse(sarifReport(failing, display)).runs[0].tool.driver;
    expect(rules.find((rule: { id: string }) => rule.id === 'slow').help.markdown).toContain(
      '**What a user sees:**',
    );
  });

  it('keeps hostile words text: nothing that a terminal obeys, no command of a CI system, no link', () => {
    const text = sarifReport(hostileReport, display);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(text).not.toMatch(/^\s*::[\w-]+.*::|##(?:vso|teamcity)?\[/im);
    const { results } = JSON.parse(text).runs[0];
    for (const { message, locations = [] } of results) {
      expect(message.text).not.toMatch(/[^\\]\]\(/);
      expect(message.text).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}]/u);
      for (const { physicalLocation } of locations)
        expect(physicalLocation.artifactLocation.uri).toMatch(/^[\w%/.~!'()*-]+$/);
    }
  });

  it('keeps the mark of a result while its line moves, and has another for each sample', () => {
    const marks = (line: number) =>
      JSON.parse(
        sarifReport(
          report({
            replays: ['a', 'b'].map((sample) =>
              replay({
                sample,
                verdict: 'differs',
                outcome: 'crashed',
                by: { name: 'a', file: 'x.py', line },
              }),
            ),
          }),
          display,
        ),
      ).runs[0].results.map(
        ({ partialFingerprints }: { partialFingerprints: unknown }) => partialFingerprints,
      );
    expect(marks(3)).toEqual(marks(40));
    expect(marks(3)[0]).not.toEqual(marks(3)[1]);
  });
});
