import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { testCache } from '../test-cache.ts';

/** A plugin that says in a rejection what price the profile allows. */
const project = join(testCache, 'projects', 'profile');
const files = {
  'pyproject.toml': `[project]
name = "tells-price"
version = "1.0.0"
requires-python = ">=3.10"

[project.entry-points."dstack.plugins"]
tells_price = "tells_price:TellsPrice"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`,
  'tells_price.py': `from dstack.plugins import ApplyPolicy, Plugin


class Teller(ApplyPolicy):
    def on_run_apply(self, user, project, spec):
        raise ValueError(f"the profile {spec.profile.name} allows {spec.profile.max_price}")


class TellsPrice(Plugin):
    def get_apply_policies(self):
        return [Teller()]
`,
  'samples/train.dstack.yml': 'type: task\nname: train\ncommands: [python train.py]\n',
  'samples/.dstack/profiles.yml':
    'profiles:\n  - {name: gpu, max_price: 9}\n  - {name: cheap, max_price: 1}\n',
};

beforeEach(() => {
  rmSync(project, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
});

async function messages(...args: readonly string[]): Promise<readonly (string | null)[]> {
  const { stdout, stderr } = await run(
    ['test', '--dstack', '0.22.5', '--no-offer', '--reporter', 'json', ...args],
    { cwd: project },
  );
  expect(stdout, stderr).toMatch(/^\{/);
  return (JSON.parse(stdout) as Report).replays.map(({ message }) => message);
}

const gpu = 'the profile gpu allows 9.0';
const cheap = 'the profile cheap allows 1.0';

test('the profile that samples are applied with is the flag’s, else the configuration’s, else none', async () => {
  expect(await messages()).toEqual(['the profile default allows None']);
  expect(await messages('--profile', 'gpu')).toEqual([gpu]);
  writeFileSync(join(project, 'dstack-plugin.yml'), 'profile: cheap\n');
  expect(await messages()).toEqual([cheap]);
  expect(await messages('--profile', 'gpu', '--as', 'alice@research')).toEqual([gpu]);
});

test('an entry of an expectation keeps the profile that it names', async () => {
  writeFileSync(
    join(project, 'samples/train.expected.yml'),
    '- as: alice@main\n- as: admin@main\n  profile: cheap\n',
  );
  expect(await messages('--profile', 'gpu')).toEqual([gpu, cheap]);
});

test('a profile that isn’t there is an error of the sample', async () => {
  const { code, stdout } = await run(['test', '--dstack', '0.22.5', '--profile', 'gpux'], { cwd: project });
  expect(code).toBe(2);
  expect(stdout).toContain('No such profile: gpux');
});
