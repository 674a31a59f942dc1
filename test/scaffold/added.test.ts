import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packedTool } from '../packed.ts';
import { checkPython } from './checked.ts';
import { dstackEnvironment, ran, uv } from './dstack-python.ts';

const fixture = fileURLToPath(new URL('../fixtures/example-plugin', import.meta.url));
let folder = '';
let environment = '';
let runs: ReturnType<typeof packedTool>;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-added-')));
  environment = await dstackEnvironment('0.22.5');
  runs = packedTool(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Installs the project and runs commands in it with what its developers have. */
async function passes(project: string, commands: readonly (readonly [string, ...string[]])[]): Promise<void> {
  const installed = join(project, '.venv');
  const install = ['pip', 'install', '--no-deps', '--python', environment, '--target', installed, project];
  const installing = await ran(await uv(), install, project);
  expect(installing.code, installing.output).toBe(0);
  for (const [name, ...args] of commands) {
    const { code, output } = await ran(join(environment, 'bin', name), args, project, {
      PYTHONPATH: installed,
    });
    expect(code, `${name} ${args.join(' ')}\n${output}`).toBe(0);
  }
}

describe('what the packed tarball adds', () => {
  it('to a project of its own passes its linter, formatter, tests and type checker, and replays', async () => {
    const project = join(folder, 'own');
    await runs(folder, project, '--yes', '--name', 'acme-guard', '--policies', 'no-privileged');
    await runs(project, 'add', 'policy', 'max-price,required-tags');
    await runs(project, 'add', 'policy', '--empty', 'idle-gpus');
    // Edited by now: this one goes in through the syntax tree.
    await runs(project, 'add', 'policy', 'gpu-limit');
    await checkPython(project);
    await runs(project, 'test');
  });

  it('to somebody else’s passes the same, and its plugin loads with the policies', async () => {
    const project = join(folder, 'foreign');
    cpSync(fixture, project, { recursive: true });
    await runs(project, 'add', 'policy', 'max-price,no-privileged');
    await runs(project, 'add', 'policy', '--empty', 'idle-gpus');
    const load = [
      'from importlib.metadata import entry_points',
      '(found,) = entry_points(group="dstack.plugins", name="example_plugin")',
      'names = [type(policy).__name__ for policy in found.load()().get_apply_policies()]',
      'assert names == ["HouseRules", "NoPrivileged", "MaxPrice", "IdleGpus"], names',
    ].join('\n');
    await passes(project, [
      ['ruff', 'check', '--no-cache', '--select', 'B,E,F,I', '--ignore', 'E501', '.', '--exclude', '.venv'],
      ['ruff', 'format', '--check', '--no-cache', '--line-length', '100', 'src', 'tests'],
      ['python', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests'],
      ['python', '-c', load],
    ]);
  });

  it('of the runs of a server is what dstack’s own specs hold, and can be replayed and recorded', async () => {
    const project = join(folder, 'own');
    const dump = [
      'import json, sys',
      'from dstack._internal.core.models.configurations import TaskConfiguration',
      'from dstack._internal.core.models.runs import RunSpec',
      'task = TaskConfiguration(commands=["python train.py"], env={"TOKEN": "geheim-geheim"}, max_price=50, tags={"team": "a", "cost-center": "b"})',
      'spec = RunSpec(run_name="train-1", repo_id="r", configuration=task, configuration_path="x", ssh_key_pub="k", profile=None)',
      'run = {"user": "alice", "project_name": "research", "submitted_at": "2026-01-01", "run_spec": json.loads(spec.model_dump_json())}',
      'print(json.dumps({"project": "research", "runs": [run, run]}))',
    ].join('\n');
    const { code, output } = await ran(join(environment, 'bin/python'), ['-c', dump], project);
    expect(code, output).toBe(0);
    writeFileSync(join(project, 'runs.json'), output);
    await runs(project, 'add', 'sample', '--from', 'runs.json');
    expect(readFileSync(join(project, 'samples/train-1.spec.json'), 'utf8')).not.toContain('geheim');
    await runs(project, 'test', 'train-1', '--update');
    const expected = readFileSync(join(project, 'samples/train-1.expected.yml'), 'utf8');
    expect(expected).toContain('as: [alice@research]');
    expect(expected).toContain('/configuration/max_price: {from: 50, to: 10}');
  });
});
