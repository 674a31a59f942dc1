import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The documentation's policy against privileged containers, in its later form: it looks at replica groups with
 * `isinstance(configuration.replicas, list)`, which is never true from dstack 0.21.3 on.
 */
describe('a policy that a patch release of dstack switches off', () => {
  const versions = '0.21.2,0.21.3,0.22.5';

  test('is shown, with the versions on both sides of it', async () => {
    const folder = copyOfFixture('version-skew');
    const { code, stdout } = await run(['test', '--dstack', versions, '--no-offer'], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toContain('dstack 0.21.2, 0.21.3, 0.22.5');
    expect(stdout).toContain('    rejected up to 0.21.2, unchanged since 0.21.3\n');
    expect(stdout).toContain('1 sample changes between versions');
  });

  test('is what the README shows', async () => {
    const folder = copyOfFixture('version-skew');
    await run(['test', '--dstack', '0.21.2', '--update'], { cwd: folder });
    const { stdout } = await run(['test', '--dstack', versions], { cwd: folder });
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const [, shown] =
      /<!-- output of: test\/fixtures\/version-skew -->\n```\n\$ .*\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(stdout).toBe(shown);
  });

  test('is in the JSON report as one replay for each version, from the oldest to the newest', async () => {
    const folder = copyOfFixture('version-skew');
    const args = ['test', '--dstack', '0.22.5,0.21.2,v0.22.5,0.21.3', '--no-offer', '--reporter', 'json'];
    const { stdout } = await run(args, { cwd: folder });
    const { replays, errors } = JSON.parse(stdout) as Report;
    expect(errors).toEqual([]);
    const groups = replays.filter(({ sample }) => sample.includes('groups'));
    expect(groups.map(({ dstack, outcome }) => `${dstack} ${outcome}`)).toEqual([
      '0.21.2 rejected',
      '0.21.3 unchanged',
      '0.22.5 unchanged',
    ]);
    expect(replays).toHaveLength(9);
  });

  test('is recorded by version; then it passes on each version and on one alone, until an entry is for no version', async () => {
    const folder = copyOfFixture('version-skew');
    const recorded = await run(['test', '--dstack', versions, '--no-offer', '--update'], { cwd: folder });
    expect(recorded.code).toBe(0);
    const file = join(folder, 'samples/groups.expected.yml');
    const text = readFileSync(file, 'utf8');
    expect([...text.matchAll(/dstack: "?([^"\n]*)/g)].map((match) => match[1])).toEqual([
      '<0.21.3',
      '>=0.21.3',
    ]);
    expect(readFileSync(join(folder, 'samples/train.expected.yml'), 'utf8')).not.toContain('dstack:');

    writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.21.2", "0.21.3", "<0.22.6"]\n');
    const passed = await run(['test', '--no-offer'], { cwd: folder });
    expect(passed.stdout).toContain('9 passed');
    const again = await run(['test', '--no-offer', '--update'], { cwd: folder });
    expect(again.stdout).toContain('9 passed');
    expect(readFileSync(file, 'utf8')).toBe(text);
    const alone = await run(['test', '--no-offer', '--dstack', '0.21.2'], { cwd: folder });
    expect(alone.stdout).toContain('3 passed');

    writeFileSync(file, text.replace('<0.21.3', '<0.21'));
    const fresh = await run(['test', '--no-offer', 'groups'], { cwd: folder });
    expect(fresh.stdout).toContain('2 passed, 1 new');
    writeFileSync(file, text.replace('<0.21.3', '<0.22'));
    const twice = await run(['test', '--no-offer', 'groups'], { cwd: folder });
    expect(twice.code).toBe(2);
    expect(twice.stdout).toContain('Two entries hold for admin@main');
    writeFileSync(file, text.replace('<0.21.3', '0.21.2'));
    const wrong = await run(['test', '--no-offer', 'groups'], { cwd: folder });
    expect(wrong.code).toBe(2);
    expect(wrong.stdout).toContain('samples/groups.expected.yml:2');
    expect(wrong.stdout).toContain('dstack: "==0.21.2"');
  });
});

describe('a field that moved between versions', () => {
  test('is compared where it is now, so one expectation holds on all of them', async () => {
    const folder = copyOfFixture('version-skew');
    const source = join(folder, 'src/no_privileged/__init__.py');
    const loop = `        for group in getattr(configuration, "groups", None) or getattr(configuration, "replicas", None) or []:
            group.privileged = False
        return spec
`;
    const head = readFileSync(source, 'utf8').split('        if configuration.privileged')[0];
    const tail =
      '\n\nclass NoPrivilegedPlugin(Plugin):\n    def get_apply_policies(self):\n        return [NoPrivileged()]\n';
    writeFileSync(
      source,
      `${head}        if not isinstance(configuration, Service):\n            return spec\n${loop}${tail}`,
    );
    for (const name of ['train', 'debug']) rmSync(join(folder, `samples/${name}.dstack.yml`));
    const args = ['test', '--dstack', '0.21.2,0.21.3,0.22.5', '--no-offer'];
    const { code, stdout } = await run([...args, '--update'], { cwd: folder });
    expect(stdout).not.toContain('between versions');
    expect(code).toBe(0);
    const text = readFileSync(join(folder, 'samples/groups.expected.yml'), 'utf8');
    expect(text).toContain('/configuration/groups/prefill/privileged');
    expect(text).not.toContain('dstack:');
  });
});

describe('versions from before pydantic 2', () => {
  test('replay as well; a sample that one of them refuses is an error on that one', async () => {
    const folder = copyOfFixture('version-skew');
    const args = ['test', '--dstack', '0.20.0,0.22.5', '--no-offer', '--reporter', 'json'];
    const { code, stdout } = await run(args, { cwd: folder });
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(2);
    expect(
      report.replays.map(({ sample, dstack, outcome }) => `${sample.slice(8, -11)} ${dstack} ${outcome}`),
    ).toEqual([
      'debug 0.20.0 rejected',
      'debug 0.22.5 rejected',
      'groups 0.22.5 unchanged',
      'train 0.20.0 unchanged',
      'train 0.22.5 unchanged',
    ]);
    expect(report.errors).toMatchObject([
      { code: 'invalid-configuration', file: 'samples/groups.dstack.yml' },
    ]);
    expect(report.errors[0]?.text).toMatch(/^On dstack 0\.20\.0: /);
  });
});

describe('a dstack that can’t be had', () => {
  test.each([
    ['0.99.9', 'The package index has no dstack 0.99.9.'],
    ['0.18.0', 'dstack 0.18.0 is too old'],
    ['0.19.7', 'dstack 0.19.7 is too old'],
  ])('%s is one sentence', async (version, sentence) => {
    const folder = copyOfFixture('version-skew');
    const { code, stderr } = await run(['test', '--dstack', version], { cwd: folder });
    expect(code).toBe(3);
    expect(stderr).toContain(sentence);
  });

  test('a version that the project refuses is one sentence, and what the others say is reported', async () => {
    const folder = copyOfFixture('version-skew');
    const project = join(folder, 'pyproject.toml');
    writeFileSync(
      project,
      readFileSync(project, 'utf8').replace(
        'requires-python',
        'dependencies = ["dstack>=0.22"]\nrequires-python',
      ),
    );
    const args = ['test', '--dstack', '0.21.3,0.22.5', '--no-offer', 'train'];
    const { code, stdout } = await run(args, { cwd: folder });
    expect(code).toBe(3);
    expect(stdout).toContain("The requirements of no-privileged and dstack 0.21.3 don't go together.");
    expect(stdout).toContain('new: unchanged');
  });
});
