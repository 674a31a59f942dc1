import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyProject } from '../../src/engine/copy.ts';
import { never } from './projects.ts';

let folder: string;
let root: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-copy-')));
  root = join(folder, 'repo', 'plugins', 'guard');
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'src', 'a.py'), 'a = 1');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const into = (): string => join(folder, 'copy');

test('a copy has the sources, without histories, environments, caches, large files and the cache folder', async () => {
  for (const name of ['.git', 'node_modules', '.venv', 'my-env', '__pycache__', 'x.egg-info', 'kept']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'file'), '');
  }
  writeFileSync(join(root, 'my-env', 'pyvenv.cfg'), '');
  mkdirSync(join(root, 'cache'));
  writeFileSync(join(root, 'weights.bin'), Buffer.alloc(10_000_001));
  await copyProject(root, into(), 0, join(root, 'cache'), never);
  expect(readFileSync(join(into(), 'src', 'a.py'), 'utf8')).toBe('a = 1');
  const present = [
    '.git',
    'node_modules',
    '.venv',
    'my-env',
    '__pycache__',
    'x.egg-info',
    'kept',
    'cache',
    'weights.bin',
  ];
  expect(present.filter((name) => existsSync(join(into(), name)))).toEqual(['kept']);
});

test('links lead where they led, and dead ones are left out', async () => {
  symlinkSync('src', join(root, 'inside'));
  symlinkSync('../../shared', join(root, 'outside'));
  mkdirSync(join(folder, 'repo', 'shared'));
  symlinkSync('nowhere', join(root, 'dead'));
  symlinkSync('.', join(root, 'self'));
  await copyProject(root, into(), 0, '', never);
  expect(realpathSync(join(into(), 'inside'))).toBe(join(into(), 'src'));
  expect(realpathSync(join(into(), 'outside'))).toBe(join(folder, 'repo', 'shared'));
  expect(lstatSync(join(into(), 'dead'), { throwIfNoEntry: false })).toBeUndefined();
  // A link to the tree itself would let a backend write into it.
  expect(realpathSync(join(into(), 'self'))).toBe(into());
});

test('what lies above is linked to, as far as the project refers to it', async () => {
  mkdirSync(join(folder, 'repo', 'library'));
  const copy = await copyProject(root, into(), 2, '', never);
  expect(copy).toEqual({
    folder: join(into(), 'plugins', 'guard'),
    prefix: into(),
    original: join(folder, 'repo'),
  });
  expect(readlinkSync(join(into(), 'library'))).toBe(join(folder, 'repo', 'library'));
  expect(lstatSync(join(copy.folder, 'src')).isDirectory()).toBe(true);
});
