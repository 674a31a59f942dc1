import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPython } from './checked.ts';
import { dstackEnvironment, ran, uv } from './dstack-python.ts';
import { generate } from './generate.ts';
import { allPolicies, behavesAsThePackage, serviceAnswers, slow } from './services.ts';

let folder = '';
let environment = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-python-'));
  environment = await dstackEnvironment('0.22.5');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a plugin service in Python', () => {
  it("decides through dstack's own rest_plugin as a package with the same policies does", {
    timeout: slow,
  }, async () => {
    const command = join(environment, 'bin/python');
    await behavesAsThePackage('python', join(folder, 'replayed'), async (project) => {
      const [module = ''] = readdirSync(join(project, 'src'));
      return { command: [command, '-m', module], env: { PYTHONPATH: join(project, 'src') } };
    });
  });

  it('passes its own linter, formatter, tests and type checker untouched, with the longest name', async () => {
    const project = join(folder, 'checked');
    generate(serviceAnswers('python', allPolicies, `a-${'long-'.repeat(19)}nam`), project);
    await checkPython(project);
  });

  it('starts by the command of its name, and refuses settings that are wrong in one sentence', async () => {
    const project = join(folder, 'started');
    generate(serviceAnswers('python', allPolicies), project);
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
