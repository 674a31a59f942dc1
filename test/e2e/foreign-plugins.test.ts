import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** Plugins that this tool didn't make, as they come: no configuration, no samples folder, any build backend. */
describe.each([
  ['hatchling', ['hatchling']],
  ['uv_build', ['uv-build']],
  ['setuptools with pyproject.toml', ['setuptools-pyproject']],
  ['setuptools with setup.cfg', ['setuptools-setup-cfg']],
  ['poetry-core', ['poetry-core']],
  ['two entry points in one project', ['two-plugins']],
])('a plugin built with %s', (_, [fixture = '']) => {
  test('is replayed without configuration, and its folder is as it was', async () => {
    const folder = copyOfFixture(`projects/${fixture}`);
    writeFileSync(
      join(folder, 'train.dstack.yml'),
      'type: task\nname: train\nimage: python:3.11\ncommands: [python train.py]\n',
    );
    const before = contentsOf(folder);
    const { code, stdout, stderr } = await run(['test', '--dstack', '0.22.5', '--reporter', 'json'], {
      cwd: folder,
    });
    const report = JSON.parse(stdout || '{}') as Report;
    expect(report.errors, stderr).toEqual([]);
    expect(code).toBe(1);
    expect(report.target?.kind).toBe('package');
    expect(report.target?.plugins.length).toBe(fixture === 'two-plugins' ? 2 : 1);
    const own = report.replays.filter(({ builtin }) => !builtin);
    expect(own.map(({ sample, verdict }) => [sample, verdict])).toEqual([['train.dstack.yml', 'new']]);
    expect(contentsOf(folder)).toEqual(before);
  });
});

/** Every file below a folder with the hash of its contents and its time of change. */
function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files.map((path) => {
      const file = join(folder, path);
      const { mtimeMs } = statSync(file);
      if (statSync(file).isDirectory()) return [path, `folder ${mtimeMs}`];
      return [path, `${createHash('sha256').update(readFileSync(file)).digest('hex')} ${mtimeMs}`];
    }),
  );
}
