import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { pack } from '../packed.ts';
import { ran } from '../scaffold/dstack-python.ts';
import { goEnvironment, hasGo } from '../scaffold/go.ts';
import { modulesOf } from '../scaffold/typescript-modules.ts';
import { engineCache } from '../test-cache.ts';

let folder = '';
let executable = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-templates-'));
  executable = pack(folder).executable;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Scaffolds as a user does, with all policies. */
async function create(language: string): Promise<string> {
  const args = ['--yes', '--kind', 'rest', '--language', language, '--policies', 'all'];
  const { code, output } = await ran(executable, [`${language}-guard`, ...args], folder);
  expect(code, output).toBe(0);
  return join(folder, `${language}-guard`);
}

/** Replays by what the project itself says about how its service is started, and holds it to the contract beyond its samples. */
async function passes(project: string, own: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = { CREATE_DSTACK_PLUGIN_CACHE: engineCache, ...own };
  const plain = await ran(executable, ['test', '--reporter', 'json=report.json'], project, env);
  expect(plain.code, plain.output).toBe(0);
  const report = JSON.parse(readFileSync(join(project, 'report.json'), 'utf8')) as Report;
  expect(report.target).toMatchObject({ kind: 'rest', plugins: ['rest_plugin'] });
  const samples = readdirSync(join(project, 'samples')).filter((name) => name.endsWith('.dstack.yml'));
  expect(report.summary).toMatchObject({ differs: 0, new: 0, errors: 0, findings: 0 });
  expect(report.summary.passed).toBeGreaterThanOrEqual(samples.length);

  const contract = await ran(executable, ['test', '--contract'], project, env);
  expect(contract.code, contract.output).toBe(0);
  expect(contract.output).toMatch(/\d+ requests, \d+ answers checked/);
}

// Installing takes most of the time, the first time.
describe('a plugin service that the packed tarball generates passes its replays and the contract untouched', {
  timeout: 300_000,
}, () => {
  it('in Python', async () => {
    await passes(await create('python'));
  });

  it('in TypeScript', async () => {
    const project = await create('typescript');
    symlinkSync(await modulesOf(project), join(project, 'node_modules'), 'junction');
    await passes(project);
  });

  it.skipIf(!hasGo)('in Go (needs Go)', async () => {
    await passes(await create('go'), goEnvironment());
  });
});
