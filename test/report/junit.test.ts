import { readFileSync } from 'node:fs';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Report } from '../../src/report/report.ts';
import { hostileReport } from './hostile.ts';
import {
  change,
  error,
  expectModified,
  expectUnchanged,
  finding,
  junitText,
  replay,
  report,
} from './reports.ts';

/** What the schemas that Jenkins and JUnit hold such files to say against it. */
async function problemsOf(xml: string): Promise<readonly string[]> {
  const schemas = ['jenkins-junit.xsd', 'jenkins-xunit.xsd'].map((fileName) => ({
    fileName,
    contents: readFileSync(new URL(`./schemas/${fileName}`, import.meta.url), 'utf8'),
  }));
  const results = await Promise.all(
    schemas.map((schema) =>
      validateXML({ xml: [{ fileName: 'report.xml', contents: xml }], schema: [schema] }),
    ),
  );
  return results.flatMap(({ errors }) => errors.map(({ message }) => message));
}

interface Case {
  readonly name: string;
  readonly failure?: string;
  readonly error?: string;
}

interface Suite {
  readonly name: string;
  readonly tests: string;
  readonly failures: string;
  readonly testcase: readonly Case[];
}

/** The suites as a reader of JUnit files has them. */
function suitesOf(xml: string): readonly Suite[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  return parser.parse(xml).testsuites.testsuite;
}

const failing = report({
  replays: [
    replay({ sample: 'samples/dev.dstack.yml', logs: ['INFO looked at it'] }),
    replay({
      outcome: 'modified',
      verdict: 'differs',
      changes: [change('/configuration/max_price', 7.5, 3)],
      expected: expectModified({ '/configuration/max_price': { from: 7.5, to: 2 } }),
      milliseconds: 1400,
    }),
    replay({
      user: 'alice',
      outcome: 'crashed',
      message: "KeyError: 'team'",
      verdict: 'differs',
      expected: expectUnchanged,
    }),
    replay({ dstack: '0.21.2', verdict: 'new' }),
    replay({ dstack: '0.21.2', user: 'bob', findings: [finding({}), finding({ code: 'prints' })] }),
    replay({
      sample: '(dstack offer)',
      builtin: true,
      verdict: null,
      findings: [finding({ code: 'crashed', severity: 'error' })],
    }),
  ],
  errors: [error({ file: 'samples/bad.dstack.yml', line: 3, hint: 'mend it', details: 'line 1\nline 2' })],
  findings: [finding({ code: 'never-exercised', file: 'src/x.py', line: 2 })],
});

describe('the JUnit report', () => {
  it('of a failing run says of each replay whether it is as it has to be', () => {
    const text = junitText(failing);
    const suites = suitesOf(text);
    expect(suites.map(({ name, tests, failures }) => ({ name, tests, failures }))).toEqual([
      { name: 'samples/dev.dstack.yml', tests: '1', failures: '0' },
      { name: 'samples/train.dstack.yml', tests: '4', failures: '3' },
      { name: '(dstack offer)', tests: '1', failures: '1' },
      { name: 'errors', tests: '1', failures: '0' },
      { name: 'findings of the whole run', tests: '1', failures: '0' },
    ]);
    expect(text).toMatchSnapshot();
  });

  it.each<readonly [string, Report]>([
    ['a passed run', report({ replays: [replay({})] })],
    ['a failing run', failing],
    [
      'a run that could not begin',
      report({ target: null, exitCode: 3, errors: [error({ code: 'no-python' })] }),
    ],
    ['an empty run', report({ exitCode: 2 })],
    ['hostile words everywhere', hostileReport],
  ])('is what Jenkins and GitLab read: %s', async (_, data) => {
    expect(await problemsOf(junitText(data))).toEqual([]);
  });

  it('is not green where nothing was replayed', () => {
    const [errors] = suitesOf(junitText(report({ exitCode: 2 })));
    expect(errors?.testcase[0]?.error).toEqual(expect.objectContaining({ message: 'Nothing was replayed.' }));
  });

  it('keeps hostile words text: no element, no control and no invisible character comes of them', () => {
    const text = junitText(hostileReport);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u);
    expect(suitesOf(text).map(({ testcase }) => testcase.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(text.match(/<[\w-]+/g))).toEqual(
      new Set(['<testsuites', '<testsuite', '<testcase', '<failure', '<error', '<system-out']),
    );
  });

  it('writes no command that a CI system would obey when the file is printed into a log', () => {
    expect(junitText(hostileReport)).not.toMatch(/^\s*::[\w-]+.*::|##(?:vso|teamcity)?\[/im);
  });
});
