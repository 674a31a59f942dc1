import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { answersFor } from './choices.ts';
import { pythonEnvironment, type Ran, ran, uv } from './dstack-python.ts';
import { generate } from './generate.ts';
import { go, hasGo } from './go.ts';

/** What a generated project takes on the day of the test. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-dependencies-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = catalogue.map(({ name }) => name);

/** Resolves a Python project with its developers' dependencies; uv warns of what was yanked. */
async function resolvedByUv(project: string): Promise<Ran> {
  return ran(await uv(), ['lock', '--no-cache', '--python', '3.11'], project);
}

/** Resolves a project of npm's; its lock file says what authors have withdrawn. */
async function withdrawnIn(
  project: string,
): Promise<{ readonly all: number; readonly withdrawn: readonly string[] }> {
  const flags = ['--package-lock-only', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { code, output } = await ran('npm', ['install', ...flags, '--cache', join(folder, 'npm')], project);
  expect(code, output).toBe(0);
  const lock: { readonly packages: Readonly<Record<string, { readonly deprecated?: string }>> } = JSON.parse(
    readFileSync(join(project, 'package-lock.json'), 'utf8'),
  );
  const packages = Object.entries(lock.packages);
  const withdrawn = packages.filter(([, { deprecated }]) => deprecated !== undefined).map(([name]) => name);
  return { all: packages.length, withdrawn };
}

it.each([
  ['package', { ...answersFor(all) }],
  ['rest', { ...answersFor(all), kind: 'rest' as const }],
])('no Python project takes a yanked release: %s', async (title, answers) => {
  const project = join(folder, title);
  generate(answers, project);
  const { code, output } = await resolvedByUv(project);
  expect(code, output).toBe(0);
  expect(output).toMatch(/Resolved \d\d+ packages/);
  expect(output).not.toMatch(/yanked/i);
});

it('a yanked release would be seen', async () => {
  const project = join(folder, 'yanked');
  mkdirSync(project);
  const lines = [
    '[project]',
    'name = "x"',
    'version = "1"',
    'requires-python = ">=3.11"',
    'dependencies = ["requests==2.32.0"]',
  ];
  writeFileSync(join(project, 'pyproject.toml'), `${lines.join('\n')}\n`);
  expect((await resolvedByUv(project)).output).toMatch(/yanked/i);
});

// Some mirrors of npm's index leave out what authors have withdrawn: there nothing would ever be seen.
const says =
  'no TypeScript project takes a release that its authors have withdrawn (needs an npm index that says so)';
it(says, async (context) => {
  const control = join(folder, 'withdrawn');
  mkdirSync(control);
  writeFileSync(join(control, 'package.json'), '{"name": "x", "dependencies": {"request": "2.88.2"}}\n');
  const known = await withdrawnIn(control);
  expect(known.all).toBeGreaterThan(10);
  context.skip(!known.withdrawn.includes('node_modules/request'));
  const project = join(folder, 'typescript');
  generate({ ...answersFor(all), kind: 'rest', language: 'typescript' }, project);
  const { all: found, withdrawn } = await withdrawnIn(project);
  expect(found).toBeGreaterThan(10);
  expect(withdrawn).toEqual([]);
});

it.skipIf(!hasGo)('no Go project takes a retracted release (needs Go)', async () => {
  const project = join(folder, 'go');
  generate({ ...answersFor(all), kind: 'rest', language: 'go' }, project);
  const { code, output } = await go(
    ['list', '-m', '-retracted', '-f', '{{.Path}} {{.Retracted}}', 'all'],
    project,
  );
  expect(code, output).toBe(0);
  const modules = output.trim().split('\n');
  expect(modules.length).toBeGreaterThan(1);
  expect(modules.filter((line) => !line.endsWith(' []'))).toEqual([]);
});

// What is known to be vulnerable isn't in every mirror of an index: where a release that is known to be doesn't show, nothing ever would.

const audited =
  'no TypeScript project takes a release that is known to be vulnerable (needs an npm index with advisories)';
it(audited, async (context) => {
  const vulnerableIn = async (project: string): Promise<readonly string[]> => {
    await withdrawnIn(project);
    const { output } = await ran('npm', ['audit', '--json', '--package-lock-only'], project);
    const found = /^\{[\s\S]*^\}/m.exec(output)?.[0] ?? '{}';
    const said = JSON.parse(found) as { readonly vulnerabilities?: Readonly<Record<string, unknown>> };
    return Object.keys(said.vulnerabilities ?? {});
  };
  const control = join(folder, 'vulnerable');
  mkdirSync(control);
  writeFileSync(join(control, 'package.json'), '{"name": "x", "dependencies": {"minimist": "1.2.5"}}\n');
  context.skip(!(await vulnerableIn(control)).includes('minimist'));
  const project = join(folder, 'typescript-audited');
  generate({ ...answersFor(all), kind: 'rest', language: 'typescript' }, project);
  expect(await vulnerableIn(project)).toEqual([]);
});

it('no Python project takes a release that is known to be vulnerable (needs a Python index with advisories)', async (context) => {
  const tool = join(await pythonEnvironment('pip-audit', ['pip-audit==2.10.1']), 'bin/pip-audit');
  const audit = (requirements: string): Promise<Ran> => {
    const file = join(folder, 'audited.txt');
    writeFileSync(file, requirements);
    return ran(tool, ['--requirement', file, '--no-deps', '--disable-pip', '--timeout', '5'], folder);
  };
  context.skip(!/requests +2\.19\.0 +PYSEC/.test((await audit('requests==2.19.0\n')).output));
  const project = join(folder, 'python-audited');
  generate({ ...answersFor(all), kind: 'rest' }, project);
  const pinned = await ran(
    await uv(),
    ['pip', 'compile', '--quiet', '--no-header', '--no-annotate', 'pyproject.toml'],
    project,
  );
  expect(pinned.code, pinned.output).toBe(0);
  const { code, output } = await audit(pinned.output);
  expect(code, output).toBe(0);
});

const audits =
  'no Go project takes a module that is known to be vulnerable (needs Go and its vulnerability database)';
it(audits, async (context) => {
  context.skip(!hasGo);
  const project = join(folder, 'go-audited');
  generate({ ...answersFor(all), kind: 'rest', language: 'go' }, project);
  const { code, output } = await go(
    ['run', 'golang.org/x/vuln/cmd/govulncheck@v1.1.4', '-format', 'text', './...'],
    project,
  );
  // 3: it found some. Anything else but success: it couldn't ask.
  context.skip(code !== 0 && !/exit status 3/.test(output));
  expect(code, output).toBe(0);
});
