import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type FindingCode, findingCodes, findingSeverities } from '../../src/replay/findings/codes.ts';
import type { Finding } from '../../src/replay/model.ts';
import type { Report } from '../../src/report/report.ts';
import { type Ran, run } from '../executable.ts';
import { testCache } from '../test-cache.ts';

/**
 * Every finding by a plugin that has the defect, and by its twin that hasn't. All of them are plugins of one project, so that they share an
 * engine.
 */
const fixtures = fileURLToPath(new URL('../fixtures/findings', import.meta.url));
const project = join(testCache, 'projects', 'findings');
const codes = readdirSync(fixtures).filter((name) =>
  existsSync(join(fixtures, name, 'bad.py')),
) as FindingCode[]; // named after their codes

type Twin = 'bad' | 'good';

/** What a run needs to see a defect. */
const flags: Readonly<Partial<Record<FindingCode, readonly string[]>>> = {
  'order-dependent': ['--order-check'],
  'blocks-update': ['--server-checks'],
  'timed-out': ['--timeout', '2'],
};

/** Findings of the process as a whole, which no line of the plugin stands for. */
const withoutPlace: ReadonlySet<FindingCode> = new Set(['prints', 'slow', 'exited', 'alters-process']);

beforeAll(() => {
  rmSync(project, { recursive: true, force: true });
  const modules = join(project, 'findings');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, '__init__.py'), '');
  const entryPoints: string[] = [];
  for (const code of codes) {
    for (const twin of ['bad', 'good'] as const) {
      const source = join(fixtures, code, `${twin}.py`);
      copyFileSync(source, join(modules, `${moduleOf(code, twin)}.py`));
      for (const plugin of classesIn(source))
        entryPoints.push(`${pluginOf(code, twin, plugin)} = "findings.${moduleOf(code, twin)}:${plugin}"`);
    }
    const own = join(fixtures, code, 'samples');
    cpSync(existsSync(own) ? own : join(fixtures, 'samples'), join(project, 'samples', code), {
      recursive: true,
    });
  }
  writeFileSync(
    join(project, 'pyproject.toml'),
    `[project]
name = "findings"
version = "1.0.0"
requires-python = ">=3.10"

[project.entry-points."dstack.plugins"]
${entryPoints.join('\n')}

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`,
  );
});

function classesIn(source: string): readonly string[] {
  return [...readFileSync(source, 'utf8').matchAll(/^class (\w+)\(Plugin\)/gm)].map(([, name = '']) => name);
}

function moduleOf(code: string, twin: Twin): string {
  return `${code.replaceAll('-', '_')}_${twin}`;
}

function pluginOf(code: string, twin: Twin, plugin: string): string {
  return `${moduleOf(code, twin)}_${plugin.toLowerCase()}`;
}

function replay(code: FindingCode, twin: Twin, more: readonly string[] = []): Promise<Ran> {
  const plugins = classesIn(join(fixtures, code, `${twin}.py`)).map((plugin) => pluginOf(code, twin, plugin));
  const samples = ['--samples', `samples/${code}`];
  const args = [
    'test',
    '--dstack',
    '0.22.5',
    '--plugin',
    plugins.join(','),
    ...samples,
    ...(flags[code] ?? []),
    ...more,
  ];
  return run(args, { cwd: project });
}

function findingsIn({ stdout, stderr }: Ran): readonly Finding[] {
  expect(stdout, stderr).toMatch(/^\{/);
  const report = JSON.parse(stdout) as Report;
  expect(report.errors).toEqual([]);
  return [...report.replays.flatMap(({ findings }) => findings), ...report.findings];
}

/** Findings about plugin services: `rest-findings.test.ts`, and the tests of the contract. */
const ofServices: readonly FindingCode[] = [
  'connection-failed',
  'over-budget',
  'redirected',
  'reason-lost',
  'not-json',
  'missing-spec',
  'empty-error',
  'dropped-fields',
  'endpoint-missing',
  'canary-changed',
  'not-concurrent',
  'fails-open',
  'wrong-content-type',
  'slow-service',
];

test('every finding has a fixture of its name, or a test of its own', () => {
  const elsewhere = ['unused-ignore', 'server-disagrees', 'obsolete-entry', ...ofServices];
  expect(findingCodes.filter((code) => !codes.includes(code) && !elsewhere.includes(code))).toEqual([]);
});

describe.each(codes)('%s', (code) => {
  test('is found, with its place in the plugin and where to read more', async () => {
    const ran = await replay(code, 'bad', ['--reporter', 'json']);
    const found = findingsIn(ran).filter((finding) => finding.code === code);
    expect(found).not.toEqual([]);
    for (const { severity, text, file, line } of found) {
      if (code !== 'unvalidated-value') expect(severity).toBe(findingSeverities[code]);
      expect(text).toContain(`See docs/findings.md#${code}.`);
      if (withoutPlace.has(code)) continue;
      expect(file).toBe(`findings/${moduleOf(code, 'bad')}.py`);
      expect(line).toBeGreaterThan(0);
    }
    expect(ran.code).toBe(1);
  });

  test('is not found in the corrected twin, and nothing else is', async () => {
    expect(findingsIn(await replay(code, 'good', ['--reporter', 'json']))).toEqual([]);
  });
});

describe('dstack-plugin.yml', () => {
  const configuration = join(project, 'dstack-plugin.yml');
  const silencing = (text: string): void => {
    writeFileSync(configuration, text);
    onTestFinished(() => rmSync(configuration));
  };

  test('silences a finding, which is then neither listed nor counted', async () => {
    silencing(
      'ignore:\n  - {finding: returns-nothing, reason: known}\n  - {finding: breaks-offer, samples: ["*"], reason: known}\n',
    );
    const { stdout } = await replay('returns-nothing', 'bad', ['--no-offer']);
    expect(stdout).toContain('failed: crashed');
    expect(stdout).not.toContain('returns-nothing:');
    expect(stdout).not.toMatch(/\d finding/);
  });

  test('that silences what never occurs is told so, with the line', async () => {
    silencing('\nignore:\n  - finding: crashed\n    reason: long ago\n');
    const found = findingsIn(await replay('prints', 'good', ['--reporter', 'json']));
    expect(found).toMatchObject([
      { code: 'unused-ignore', severity: 'warning', file: 'dstack-plugin.yml', line: 3 },
    ]);
  });

  test('that silences what there isn’t is wrong', async () => {
    silencing('ignore:\n  - finding: print\n    reason: typo\n');
    const { code, stderr } = await replay('prints', 'bad');
    expect(code).toBe(2);
    expect(stderr).toContain('there is no such finding');
    expect(stderr).toContain('Did you mean prints?');
    expect(stderr).toContain('dstack-plugin.yml:2');
  });
});

test('a value that nothing checked is an error where dstack doesn’t parse the spec again', async () => {
  const found = findingsIn(await replay('unvalidated-value', 'bad', ['--reporter', 'json']));
  expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'warning unvalidated-value',
    'error unvalidated-value',
  ]);
});

test('a person reads who changed what, and each finding with its place and where to read more', async () => {
  const { stdout } = await replay('lost-write', 'bad');
  expect(stdout).toContain('by findings.lost_write_bad.Guard · findings/lost_write_bad.py:5');
  expect(stdout).toContain('findings/lost_write_bad.py:5 · docs/findings.md#lost-write');
  const rejected = await replay('silent-rejection', 'bad');
  expect(rejected.stdout).toMatch(
    /by findings\.silent_rejection_bad\.Guard\s+findings\/silent_rejection_bad\.py:7/,
  );
});
