import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dstackEnvironment, ran, uv } from './dstack-python.ts';
import { generate } from './generate.ts';
import { allPolicies, behavesAsThePackage, serviceAnswers, slow } from './services.ts';

const pyright = fileURLToPath(new URL('../../node_modules/pyright/index.js', import.meta.url));

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

  it.each([
    ['none', [], 'acme-guard'],
    ['one policy without settings', ['no-privileged'], 'acme-guard'],
    ['one policy with settings', ['required-tags'], 'acme-guard'],
    ['all, with the longest name', allPolicies, `a-${'long-'.repeat(19)}nam`],
  ])(
    'passes its own linter, formatter, tests and type checker untouched: %s',
    async (title, policies, name) => {
      const project = join(folder, 'checked', title);
      generate(serviceAnswers('python', policies, name), project);
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
