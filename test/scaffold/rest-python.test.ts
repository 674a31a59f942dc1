import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateExpectation } from '../../src/replay/expectation/update.ts';
import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { answersFor, fewChoices, titleOf } from './choices.ts';
import { dstackEnvironment, ran, uv } from './dstack-python.ts';
import { generate } from './generate.ts';
import { type Replayed, resultOf } from './replayed.ts';

const script = fileURLToPath(new URL('replay_services.py', import.meta.url));
const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));
const pyright = fileURLToPath(new URL('../../node_modules/pyright/index.js', import.meta.url));
const all = catalogue.map(({ name }) => name);

function answers(policies: readonly string[], name = 'acme-guard'): Answers {
  const module = name.replaceAll('-', '_');
  return { ...answersFor(policies), kind: 'rest', language: 'python', name, module };
}

let folder = '';
let environment = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-python-'));
  environment = await dstackEnvironment('0.22.5');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a plugin service in Python', () => {
  it("comes to what is expected of its samples, byte by byte, through dstack's own rest_plugin", async () => {
    const projects = join(folder, 'replayed');
    for (const policies of fewChoices) generate(answers(policies), join(projects, titleOf(policies)));
    const { code, output } = await ran(join(environment, 'bin/python'), [script, projects, corpus], folder);
    expect(code, output).toBe(0);
    // The first line; what dstack logs of rejections comes after it, from standard error.
    const { echoed, replayed } = JSON.parse(output.split('\n', 1)[0] ?? '') as {
      readonly echoed: number;
      readonly replayed: readonly Replayed[];
    };
    expect(echoed).toBeGreaterThan(60);
    let compared = 0;
    for (const policies of fewChoices) {
      for (const { path, contents } of plan(answers(policies), loadTemplates('rest', 'python'))) {
        if (!path.endsWith('.expected.yml')) continue;
        const name = `${titleOf(policies)}/${path}`;
        const results = replayed
          .filter(({ project, sample }) => `${project}/samples/${sample}.expected.yml` === name)
          .map(resultOf);
        expect(updateExpectation(path, null, results), name).toBe(contents);
        compared += results.length;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });

  it.each([
    ['none', [], 'acme-guard'],
    ['one policy without settings', ['no-privileged'], 'acme-guard'],
    ['one policy with settings', ['required-tags'], 'acme-guard'],
    ['all, with the longest name', all, `a-${'long-'.repeat(19)}nam`],
  ])(
    'passes its own linter, formatter, tests and type checker untouched: %s',
    async (title, policies, name) => {
      const project = join(folder, 'checked', title);
      generate(answers(policies, name), project);
      const tool = (command: string): string => join(environment, 'bin', command);
      const installed = join(project, '.venv');
      const commands: [string, string[]][] = [
        [
          await uv(),
          ['pip', 'install', '--no-deps', '--python', environment, '--target', installed, project],
        ],
        [tool('ruff'), ['check', '--no-cache']],
        [tool('ruff'), ['format', '--check', '--no-cache']],
        [tool('python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider']],
        [process.execPath, [pyright, '--pythonpath', tool('python')]],
      ];
      for (const [file, args] of commands) {
        const { code, output } = await ran(file, args, project, { PYTHONPATH: installed });
        expect(code, `${file} ${args.join(' ')}\n${output}`).toBe(0);
      }
    },
  );

  it('starts by the command of its name, and refuses settings that are wrong in one sentence', async () => {
    const project = join(folder, 'started');
    generate(answers(all), project);
    const installed = join(project, '.venv');
    const install = ['pip', 'install', '--no-deps', '--python', environment, '--target', installed, project];
    expect((await ran(await uv(), install, project)).code).toBe(0);
    const { code, output } = await ran(
      join(environment, 'bin/python'),
      [join(installed, 'bin/acme-guard')],
      project,
      { PYTHONPATH: installed, ACME_GUARD_SETTINGS: join(project, 'missing.yml') },
    );
    expect(code).toBe(1);
    expect(output).toMatch(/^The settings file .*missing\.yml \(ACME_GUARD_SETTINGS\) can't be read: .*\n$/);
  });
});
