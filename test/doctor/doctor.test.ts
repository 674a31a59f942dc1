import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, run, treeOf } from '../executable.ts';

/** A kept environment as the engine's build leaves one, with a file of a known size in it. */
function keptEnvironment(
  cache: string,
  name: string,
  usedDaysAgo: number,
  plugins: readonly string[] = ['acme'],
): void {
  const folder = join(cache, 'engines', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'payload'), Buffer.alloc(2_000_000));
  const manifest = join(folder, 'engine.json');
  writeFileSync(
    manifest,
    JSON.stringify({ layout: 1, root: '/projects/acme', engine: { dstack: '0.22.5', plugins } }),
  );
  const used = new Date(Date.now() - usedDaysAgo * 24 * 3_600_000);
  utimesSync(manifest, used, used);
}

function cacheFolder(): string {
  const cache = join(emptyFolder(), 'cache');
  mkdirSync(cache, { mode: 0o700 });
  return cache;
}

test('in an empty folder it says what there is, and what to do first; it makes nothing', async () => {
  const cwd = emptyFolder();
  const cache = cacheFolder();
  const { code, stdout, stderr } = await run(['doctor'], { cwd, env: { CREATE_DSTACK_PLUGIN_CACHE: cache } });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ok {5}Node\.js +\d+\.\d+\.\d+$/m);
  expect(stdout).toMatch(/^ok {5}Python +\//m);
  expect(stdout).toMatch(/^note {3}project +there is no dstack plugin/m);
  expect(stdout).toContain('npx create-dstack-plugin my-plugin');
  expect([treeOf(cwd), treeOf(cache)]).toEqual([[], []]);
});

test('kept environments are listed with their sizes, and --prune removes what was not used for 30 days', async () => {
  const cwd = emptyFolder();
  const cache = cacheFolder();
  keptEnvironment(cache, 'acme-0.22.5-new', 29);
  keptEnvironment(cache, 'acme-0.22.5-old', 31);
  keptEnvironment(cache, 'dstack-0.22.4-base', 1, []);
  const options = { cwd, env: { CREATE_DSTACK_PLUGIN_CACHE: cache } };
  const before = await run(['doctor'], options);
  expect(before.stdout).toMatch(/3 kept environments, 7 MB/);
  expect(before.stdout).toMatch(/dstack 0\.22\.5 {2}3 MB {2}used \d{4}-\d\d-\d\d {2}\/projects\/acme/);
  expect(before.stdout).toMatch(/used \d{4}-\d\d-\d\d {2}for all projects$/m);
  expect(before.stdout).toContain('doctor --prune');
  const pruned = await run(['doctor', '--prune'], options);
  expect(pruned.stderr).toBe(`Removed ${join(cache, 'engines', 'acme-0.22.5-old')}\n`);
  expect(treeOf(join(cache, 'engines')).filter((path) => path.endsWith('/'))).toEqual([
    'acme-0.22.5-new/',
    'dstack-0.22.4-base/',
  ]);
  expect((await run(['doctor', '--prune'], options)).stderr).toBe('There is nothing to remove.\n');
});

test('a configuration that is wrong is named with its line, and the exit code is that of a test of it', async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'dstack-plugin.yml'), 'rest:\n  url: "http://127.0.0.1:8000"\ntimeuot: 3\n');
  const { code, stdout } = await run(['doctor'], { cwd });
  expect(code).toBe(2);
  expect(stdout).toMatch(/^wrong {2}configuration +dstack-plugin\.yml:3: .*timeuot/m);
  expect(stdout).toContain('Did you mean timeout?');
});

test('a cache folder that is open to others is refused, with the command that closes it', async () => {
  const cache = join(emptyFolder(), 'cache');
  mkdirSync(cache);
  const { code, stdout } = await run(['doctor'], {
    cwd: emptyFolder(),
    env: { CREATE_DSTACK_PLUGIN_CACHE: cache },
  });
  expect(code).toBe(3);
  expect(stdout).toMatch(/^wrong {2}cache +The cache folder .* is open to other users/m);
  expect(stdout).toContain('chmod 700');
});

test('a machine without Python and uv is told what to install', async () => {
  const { code, stdout } = await run(['doctor'], {
    cwd: emptyFolder(),
    env: { PATH: '/nowhere', CREATE_DSTACK_PLUGIN_CACHE: cacheFolder() },
  });
  expect(code).toBe(3);
  expect(stdout).toMatch(/^wrong {2}Python +.*Python/m);
  expect(stdout).toContain('→ ');
});
