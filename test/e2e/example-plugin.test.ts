import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** The plugin that dstack's documentation shows, replayed by dstack 0.22.5 over every type of configuration. */
describe("the documentation's example plugin", () => {
  const dstack = ['--dstack', '0.22.5'];

  test('without expectations every replay is new, and shows what it would record', async () => {
    const folder = copyOfFixture('example-plugin');
    const { code, stdout } = await run(['test', ...dstack], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toContain('Running privileged containers is forbidden');
    expect(stdout).toContain('604800    → 86400 (7d → 1d)');
    expect(stdout).toContain('8 new');
  });

  test('accepts, changes and rejects as dstack does, for tasks, services, dev environments, fleets, volumes and gateways', async () => {
    const folder = copyOfFixture('example-plugin');
    const { stdout } = await run(['test', ...dstack, '--reporter', 'json'], { cwd: folder });
    const report = JSON.parse(stdout) as Report;
    const seen = Object.fromEntries(
      report.replays
        .filter(({ builtin }) => !builtin)
        .map((replay) => [
          replay.sample.replace('samples/', '').replace('.dstack.yml', ''),
          {
            as: `${replay.kind} ${replay.type}`,
            outcome: replay.outcome,
            message: replay.message,
            changes: Object.fromEntries(replay.changes.map(({ path, policy, ...values }) => [path, values])),
          },
        ]),
    );
    const limits = {
      '/configuration/max_price': { to: 2 },
      '/configuration/max_duration': { to: 86400 },
      '/configuration/tags/team': { to: 'my_team' },
    };
    expect(seen).toEqual({
      train: {
        as: 'run task',
        outcome: 'modified',
        message: null,
        changes: { ...limits, '/configuration/max_duration': { from: 604800, to: 86400 } },
      },
      privileged: {
        as: 'run task',
        outcome: 'rejected',
        message: 'Running privileged containers is forbidden',
        changes: {},
      },
      'within-limits': { as: 'run task', outcome: 'unchanged', message: null, changes: {} },
      chat: {
        as: 'run service',
        outcome: 'modified',
        message: null,
        changes: { ...limits, '/configuration/https': { from: false, to: true } },
      },
      ide: { as: 'run dev-environment', outcome: 'modified', message: null, changes: limits },
      pool: { as: 'fleet fleet', outcome: 'unchanged', message: null, changes: {} },
      data: { as: 'volume volume', outcome: 'unchanged', message: null, changes: {} },
      front: { as: 'gateway gateway', outcome: 'unchanged', message: null, changes: {} },
    });
    const privileged = report.replays.find((replay) => replay.sample.includes('privileged'));
    expect(privileged?.logs.join('\n')).toContain('admin asked for a privileged container');
  });

  test('recorded once, it passes, and recording again changes no byte', async () => {
    const folder = copyOfFixture('example-plugin');
    const recorded = await run(['test', ...dstack, '--update'], { cwd: folder });
    expect(recorded.code).toBe(0);
    const file = join(folder, 'samples/train.expected.yml');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('/configuration/max_duration: {from: 604800, to: 86400}');

    const passed = await run(['test', ...dstack], { cwd: folder });
    expect(passed.code).toBe(0);
    expect(passed.stdout).toContain('8 passed');

    await run(['test', ...dstack, '--update'], { cwd: folder });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('a policy that changes is seen, with what was expected and what happens now', async () => {
    const folder = copyOfFixture('example-plugin');
    await run(['test', ...dstack, '--update'], { cwd: folder });
    const source = join(folder, 'src/example_plugin/__init__.py');
    writeFileSync(source, readFileSync(source, 'utf8').replace('if configuration.privileged:', 'if False:'));
    const { code, stdout } = await run(['test', ...dstack], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toContain('samples/privileged.dstack.yml');
    expect(stdout).toContain('rejected');
    expect(stdout).toContain('Running privileged containers is forbidden');
    expect(stdout).toContain('7 passed');
  });

  test('a secret of a sample is in no report and in no expectation', async () => {
    const folder = copyOfFixture('example-plugin');
    const secret = 'hf_0123456789abcdef';
    const source = join(folder, 'src/example_plugin/__init__.py');
    writeFileSync(
      source,
      readFileSync(source, 'utf8').replace(
        'configuration.max_price = 2.0',
        'print(configuration.env.as_dict()); logger.info("%s", configuration.env.as_dict()); configuration.max_price = 2.0; configuration.tags = {"leak": configuration.env.as_dict().get("HF_TOKEN", "none")}',
      ),
    );
    const json = await run(
      ['test', ...dstack, '--update', '--reporter', 'json', '--reporter', 'pretty=report.txt'],
      {
        cwd: folder,
      },
    );
    const written = ['report.txt', 'samples/train.expected.yml'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    for (const text of [json.stdout, json.stderr, ...written]) {
      expect(text).not.toContain(secret);
    }
    expect(json.stdout).toContain('***');
  });
});
