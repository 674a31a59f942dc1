import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder } from '../executable.ts';
import { pack } from '../packed.ts';
import { engineCache } from '../test-cache.ts';

test('the packed tarball installs as one package, scaffolds and replays from an empty folder', () => {
  const folder = emptyFolder();
  const packed = pack(folder);
  expect(packed.packages).toEqual(['create-dstack-plugin']);
  expect(packed.size).toBeLessThan(750_000);
  const installed = join(packed.folder, 'node_modules/create-dstack-plugin');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(manifest.dependencies).toBeUndefined();
  for (const path of ['LICENSE', 'README.md', 'schemas/report-1.json', 'dist/worker/__main__.py'])
    expect(existsSync(join(installed, path)), path).toBe(true);
  for (const path of ['src', 'test', '.ci', 'dist/worker/pyproject.toml'])
    expect(existsSync(join(installed, path)), path).toBe(false);

  const work = join(folder, 'work');
  mkdirSync(work);
  const run = (args: readonly string[], cwd: string): string =>
    execFileSync(packed.executable, args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, CREATE_DSTACK_PLUGIN_CACHE: engineCache },
    });
  expect(run(['my-plugin', '--yes'], work)).toContain('cd my-plugin');
  expect(run(['test'], join(work, 'my-plugin'))).toMatch(/\d+ passed/);
});

test('pnpm runs the packed tarball as npm does: scaffolds, adds and replays', () => {
  const folder = emptyFolder();
  const { tarball } = pack(folder);
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  const env = { ...process.env, CREATE_DSTACK_PLUGIN_CACHE: engineCache, XDG_DATA_HOME: folder };
  const call = (file: string, args: readonly string[], cwd: string): string =>
    execFileSync(file, args, { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  call('npm', ['install', '--prefix', tools, '--no-audit', '--no-fund', 'pnpm@10.34.8'], tools);
  const pnpm = (args: readonly string[], cwd: string): string =>
    call(join(tools, 'node_modules/.bin/pnpm'), ['dlx', `file:${tarball}`, ...args], cwd);
  expect(pnpm(['my-plugin', '--yes', '--no-git', '--with', 'gitlab-ci'], folder)).toContain('cd my-plugin');
  const project = join(folder, 'my-plugin');
  expect(pnpm(['add', 'policy', 'gpu-limit'], project)).toContain('Added the policy gpu-limit');
  expect(pnpm(['test'], project)).toMatch(/\d+ passed/);
});
