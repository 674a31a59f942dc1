import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaLine } from '../../src/replay/expectation/schema-line.ts';
import { updateExpectation } from '../../src/replay/expectation/update.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { pack } from '../packed.ts';
import { checkPython } from './checked.ts';
import { answersFor, choices, fewChoices, titleOf } from './choices.ts';
import { dstackEnvironment, ran } from './dstack-python.ts';
import { generate } from './generate.ts';
import { type Replayed, resultOf } from './replayed.ts';

const templates = loadTemplates('package');
const script = fileURLToPath(new URL('replay_projects.py', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-generated-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['0.22.5', '0.21.0'])('the samples of generated projects on dstack %s', (version) => {
  it('come to what is expected, byte by byte, for every choice of policies', async () => {
    const projects = join(folder, version);
    for (const policies of choices) generate(answersFor(policies), join(projects, titleOf(policies)));
    const python = join(await dstackEnvironment(version), 'bin/python');
    const { code, output } = await ran(python, [script, projects], folder);
    expect(code, output).toBe(0);
    const replayed = JSON.parse(output) as readonly Replayed[];
    let compared = 0;
    for (const policies of choices) {
      for (const { path, contents } of plan(answersFor(policies), templates)) {
        if (!path.endsWith('.expected.yml')) continue;
        const name = `${titleOf(policies)}/${path}`;
        const results = replayed
          .filter(({ project, sample }) => `${project}/samples/${sample}.expected.yml` === name)
          .map(resultOf);
        expect(schemaLine + updateExpectation(path, null, results), name).toBe(contents);
        compared += results.length;
      }
    }
    expect(compared).toBeGreaterThan(400);
  });
});

describe('a project that the packed tarball generates', () => {
  let executable = '';
  beforeAll(() => {
    executable = pack(mkdtempSync(join(folder, 'packed-'))).executable;
  });

  /** Scaffolds a project as a user does. */
  async function create(policies: readonly string[], project: string, name = 'acme-guard'): Promise<void> {
    mkdirSync(dirname(project), { recursive: true });
    const chosen = policies.length === 0 ? 'none' : policies.join(',');
    const args = [project, '--yes', '--name', name, '--policies', chosen];
    const { code, output } = await ran(executable, args, folder);
    expect(code, output).toBe(0);
  }

  it.each(fewChoices.map((policies) => [titleOf(policies), policies] as const))(
    'passes its own linter, formatter and tests untouched: %s',
    async (title, policies) => {
      const project = join(folder, 'checked', title);
      await create(policies, project);
      await checkPython(project, { types: false });
    },
  );

  it('passes them and its type checker with the longest name as well', async () => {
    const project = join(folder, 'checked', 'long');
    await create(
      catalogue.map(({ name }) => name),
      project,
      `a-${'long-'.repeat(19)}nam`,
    );
    await checkPython(project);
  });
});
