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
  for (const path of [
    'LICENSE',
    'README.md',
    'schemas/report-1.json',
    'dist/templates.json',
    'dist/worker/__main__.py',
  ])
    expect(existsSync(join(installed, path)), path).toBe(true);
  for (const path of ['src', 'test', 'templates', '.ci', 'dist/worker/pyproject.toml'])
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
