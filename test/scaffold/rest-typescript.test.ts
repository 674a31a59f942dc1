import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choices, fewChoices, titleOf } from './choices.ts';
import { ran } from './dstack-python.ts';
import { generate } from './generate.ts';
import { allPolicies, behavesAsThePackage, serviceAnswers, slow } from './services.ts';
import { modulesOf } from './typescript-modules.ts';

let folder = '';
let modules = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-typescript-'));
  const whole = join(folder, 'whole');
  // Projects with fewer policies have less of it.
  generate(serviceAnswers('typescript', allPolicies), whole);
  modules = await modulesOf(whole);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Generates a project that finds its dependencies. */
function project(policies: readonly string[], title: string, name?: string): string {
  const made = join(folder, title);
  generate(serviceAnswers('typescript', policies, name), made);
  symlinkSync(modules, join(made, 'node_modules'), 'junction');
  return made;
}

async function passes(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await ran(command, args, cwd, { NODE_ENV: 'test' });
  expect(code, output).toBe(0);
}

describe('a REST plugin in TypeScript', () => {
  it("decides through dstack's own rest_plugin as a package with the same policies does", {
    timeout: slow,
  }, async () => {
    // Built together, below the sources of one project, for one run of the compiler.
    const root = project(allPolicies, 'together');
    for (const policies of fewChoices) {
      const made = join(folder, 'parts', titleOf(policies));
      generate(serviceAnswers('typescript', policies), made);
      cpSync(join(made, 'src'), join(root, 'src', titleOf(policies)), { recursive: true });
    }
    await passes('npm', ['run', 'build'], root);
    await behavesAsThePackage('typescript', join(folder, 'replayed'), async (made) => ({
      command: [process.execPath, join(root, 'dist', basename(made), 'main.js')],
    }));
  });

  it.each([['gpu-limit+https-services', ['gpu-limit', 'https-services']]])(
    'passes its own formatter, linter, type checker and tests untouched: %s',
    async (title, policies) => {
      await passes('npm', ['run', 'check'], project(policies, title));
    },
  );

  it('is formatted, and free of lint and type errors, for every choice of policies and the longest name', async () => {
    // All in one project below `src`, for one run of each tool.
    const root = project(allPolicies, 'every', `a-${'long-'.repeat(19)}nam`);
    for (const policies of choices) {
      const made = join(root, 'src', titleOf(policies));
      generate(serviceAnswers('typescript', policies), made);
      rmSync(join(made, 'biome.json')); // of which there may be one
    }
    // What lies beside the sources of a project lies among those of this one.
    const settings = join(root, 'biome.json');
    const sources = '"includes": ["src/**/*.ts", "src/**/package.json", "!**/dstack.d.ts"]';
    writeFileSync(settings, readFileSync(settings, 'utf8').replace(/"includes": \[.*?\]/s, sources));
    await passes(join(modules, '.bin/biome'), ['check'], root);
    await passes(join(modules, '.bin/tsc'), [], root);
  });

  it('is built into a server that runs without its sources and tools', async () => {
    const made = project(allPolicies, 'built');
    await passes('npm', ['run', 'build'], made);
    for (const name of ['src', 'tests']) rmSync(join(made, name), { recursive: true });
    const { code, output } = await ran(process.execPath, ['dist/main.js'], made, {
      ACME_GUARD_SETTINGS: 'missing.yml',
    });
    expect(output).toContain('SettingsError: The settings file missing.yml');
    expect(code).toBe(1);
  });
});
