import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkGo } from './checked.ts';
import { choices, fewChoices, titleOf } from './choices.ts';
import { ran } from './dstack-python.ts';
import { generate } from './generate.ts';
import { go, hasGo } from './go.ts';
import { allPolicies, behavesAsThePackage, serviceAnswers, slow } from './services.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-rest-go-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function passes(args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await go(args, cwd);
  expect(code, `go ${args.join(' ')}\n${output}`).toBe(0);
}

async function isFormatted(place: string): Promise<void> {
  const { code, output } = await ran('gofmt', ['-s', '-l', '.'], place);
  expect({ code, output }).toEqual({ code: 0, output: '' });
}

describe.skipIf(!hasGo)('a plugin service in Go (needs Go)', () => {
  it("decides through dstack's own rest_plugin as a package with the same policies does", {
    timeout: slow,
  }, async () => {
    await behavesAsThePackage('go', join(folder, 'replayed'), async (project) => {
      await passes(['build', '-o', 'service', '.'], project);
      return { command: [join(project, 'service')] };
    });
  });

  it.each([
    ['all, with the longest name', allPolicies, `a-${'long-'.repeat(19)}nam`],
    // Of Go's own: words of its command line, and folders that it treats in their own way.
    ['the name "all"', [], 'all'],
    ['the name "internal"', [], 'internal'],
  ])('passes its own vet, linter and tests untouched: %s', async (title, policies, name) => {
    const project = join(folder, 'checked', title);
    generate(serviceAnswers('go', policies, name), project);
    await checkGo(project);
  });

  it('is formatted, for every choice of policies, and its tests pass for every policy alone', async () => {
    const every = join(folder, 'every');
    for (const policies of choices) generate(serviceAnswers('go', policies), join(every, titleOf(policies)));
    await isFormatted(every);
    for (const policies of fewChoices) await passes(['test', './...'], join(every, titleOf(policies)));
  });
});
