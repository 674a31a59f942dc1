import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testCache } from './test-cache.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Makes the folder that tests share, closed to others, as the cache of an engine has to be: whichever test comes first may make a folder in
 * it. And builds once, unless nothing changed, since the tests that speak of the command line run the built executable. */
export function setup(): void {
  mkdirSync(testCache, { recursive: true, mode: 0o700 });
  const folders = ['src', 'schemas', 'templates'].flatMap(filesOf);
  const sources = ['package.json', 'tsdown.config.ts', ...folders];
  if (newest(sources) < newest(['dist/main.js'])) return;
  // Not cleaned: another run of the tests may be executing what is there.
  execFileSync('npx', ['--no-install', 'tsdown', '--no-clean', '--log-level', 'error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(folder, path),
  );
}

function newest(paths: readonly string[]): number {
  return Math.max(
    0,
    ...paths.map((path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );
}
