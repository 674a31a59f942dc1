import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { testCache } from '../test-cache.ts';
import { answersFor, choices, titleOf } from './choices.ts';
import { ran } from './dstack-python.ts';

const templates = loadTemplates('rest', 'typescript');
const all = choices.find((policies) => titleOf(policies) === 'all') ?? [];
let folder = '';
let modules = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-typescript-'));
  modules = await installed();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a project as it is generated. */
function generate(policies: readonly string[], project: string, name = 'acme-guard'): void {
  const module = name.replaceAll('-', '_');
  const answers = { ...answersFor(policies), kind: 'rest', language: 'typescript', name, module } as const;
  for (const { path, contents } of plan(answers, templates)) {
    const file = join(project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

/**
 * What `npm install` makes of the package.json of a project with all policies, which those with fewer have less of. Kept for later runs.
 *
 * @returns its `node_modules`
 */
async function installed(): Promise<string> {
  const building = mkdtempSync(join(folder, 'install-'));
  generate(all, building);
  const wanted = readFileSync(join(building, 'package.json'));
  const key = createHash('sha256').update(wanted).update(process.version).digest('hex').slice(0, 16);
  const kept = join(testCache, 'rest-typescript', key);
  if (existsSync(kept)) return join(kept, 'node_modules');
  const beside = `${kept}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'package.json'), wanted);
  const { code, output } = await ran('npm', ['install', '--no-audit', '--no-fund'], beside);
  expect(code, output).toBe(0);
  try {
    renameSync(beside, kept);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
  return join(kept, 'node_modules');
}

/** Generates a project that finds its dependencies. */
function project(policies: readonly string[], title: string, name?: string): string {
  const made = join(folder, title);
  generate(policies, made, name);
  symlinkSync(modules, join(made, 'node_modules'), 'junction');
  return made;
}

async function passes(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await ran(command, args, cwd, { NODE_ENV: 'test' });
  expect(code, output).toBe(0);
}

describe('a REST plugin in TypeScript', () => {
  it.each([
    ['none', []],
    ['all', all],
    ['gpu-limit+https-services', ['gpu-limit', 'https-services']],
  ])('passes its own formatter, linter, type checker and tests untouched: %s', async (title, policies) => {
    await passes('npm', ['run', 'check'], project(policies, title));
  });

  it('is formatted, and free of lint and type errors, for every choice of policies and the longest name', async () => {
    // All in one project below `src`, for one run of each tool.
    const root = project(all, 'every', `a-${'long-'.repeat(19)}nam`);
    for (const policies of choices) {
      const made = join(root, 'src', titleOf(policies));
      generate(policies, made);
      rmSync(join(made, 'biome.json')); // of which there may be one
    }
    await passes(join(modules, '.bin/biome'), ['check'], root);
    await passes(join(modules, '.bin/tsc'), [], root);
  });

  it('is built into a server that runs without its sources and tools', async () => {
    const made = project(all, 'built');
    await passes('npm', ['run', 'build'], made);
    for (const name of ['src', 'tests']) rmSync(join(made, name), { recursive: true });
    const { code, output } = await ran(process.execPath, ['dist/main.js'], made, {
      ACME_GUARD_SETTINGS: 'missing.yml',
    });
    expect(output).toContain('SettingsError: The settings file missing.yml');
    expect(code).toBe(1);
  });
});
