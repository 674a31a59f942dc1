import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { obstacleAt } from '../../src/scaffold/obstacle.ts';
import { runCleanups } from '../../src/terminal/signals.ts';
import { emptyFolder, treeOf } from '../executable.ts';
import { writeFiles } from './writing.ts';

const files = [
  { path: 'pyproject.toml', contents: '[project]\n' },
  { path: 'src/acme/__init__.py', contents: '# é\n' },
  { path: 'src/acme/policies/a.py', contents: '' },
];
const written = [
  'pyproject.toml',
  'src/',
  'src/acme/',
  'src/acme/__init__.py',
  'src/acme/policies/',
  'src/acme/policies/a.py',
];

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure; // the line above has made sure
}

/** Root may write anywhere, so the file system refuses nothing to it: act as somebody else meanwhile. */
async function asSomebodyElse<Result>(act: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a project is written whole', () => {
  it('into a folder that is not there yet, with the folders above it', async () => {
    const here = emptyFolder();
    await writeFiles(join(here, 'a', 'b', 'acme'), files);
    expect(treeOf(join(here, 'a', 'b', 'acme'))).toEqual(written);
    expect(treeOf(here).filter((path) => !path.startsWith('a/'))).toEqual([]);
    expect(readFileSync(join(here, 'a/b/acme/src/acme/__init__.py'), 'utf8')).toBe('# é\n');
  });

  it('into an empty folder, which stays the folder it is', async () => {
    const here = emptyFolder();
    chmodSync(here, 0o750);
    const before = statSync(here);
    await writeFiles(here, files);
    expect(treeOf(here)).toEqual(written);
    expect(statSync(here).ino).toBe(before.ino);
    expect(statSync(here).mode & 0o777).toBe(0o750);
  });

  it("with the modes that the user's umask gives", async () => {
    const here = emptyFolder();
    const before = process.umask(0o027);
    try {
      await writeFiles(join(here, 'acme'), files);
    } finally {
      process.umask(before);
    }
    expect(statSync(join(here, 'acme')).mode & 0o777).toBe(0o750);
    expect(statSync(join(here, 'acme/src')).mode & 0o777).toBe(0o750);
    expect(statSync(join(here, 'acme/pyproject.toml')).mode & 0o777).toBe(0o640);
  });
});

describe('what is in the way is named, and left alone', () => {
  it.each([
    ['the home folder', (here: string) => here, 'your home folder'],
    ['the root of the file system', () => '/', 'the root of the file system'],
  ])('%s, even where it is empty', (_, folder, what) => {
    const here = emptyFolder();
    const failure = obstacleAt(folder(here), '.', here);
    expect(failure?.message).toBe(`This folder is ${what}, and a project is a folder of its own.`);
    expect(failure?.exitCode).toBe(2);
  });

  it('but a folder in the home folder is none of that', () => {
    const here = emptyFolder();
    expect(obstacleAt(join(here, 'acme'), 'acme', here)).toBeNull();
  });

  it('a file in its place', async () => {
    const here = emptyFolder();
    writeFileSync(join(here, 'acme'), 'mine');
    const failure = await failureOf(writeFiles(join(here, 'acme'), files, { shown: 'acme' }));
    expect(failure.message).toBe('acme is a file.');
    expect(readFileSync(join(here, 'acme'), 'utf8')).toBe('mine');
  });

  it('a file where a folder above should be', async () => {
    const here = emptyFolder();
    writeFileSync(join(here, 'a'), 'mine');
    const failure = await failureOf(writeFiles(join(here, 'a/b/acme'), files, { shown: 'a/b/acme' }));
    expect(failure.message).toContain('a part of the path is a file');
    expect(treeOf(here)).toEqual(['a']);
  });

  it.each([
    ['to an empty folder', true],
    ['to nothing', false],
  ])('a symbolic link %s', async (_, exists) => {
    const here = emptyFolder();
    if (exists) mkdirSync(join(here, 'elsewhere'));
    symlinkSync(join(here, 'elsewhere'), join(here, 'acme'));
    const failure = await failureOf(writeFiles(join(here, 'acme'), files, { shown: 'acme' }));
    expect(failure.message).toBe('acme is a symbolic link.');
    expect(lstatSync(join(here, 'acme')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(here, 'elsewhere'))).toBe(exists);
  });

  it('a parent that cannot be written', async () => {
    const here = emptyFolder();
    chmodSync(here, 0o555);
    const failure = await asSomebodyElse(() =>
      failureOf(writeFiles(join(here, 'x/acme'), files, { shown: 'x/acme' })),
    );
    expect(failure.message).toBe("x/acme can't be written: permission denied.");
    expect(treeOf(here)).toEqual([]);
  });

  it('an empty folder that cannot be written', async () => {
    const here = emptyFolder();
    chmodSync(here, 0o555);
    const failure = await asSomebodyElse(() => failureOf(writeFiles(here, files, { shown: 'acme' })));
    expect(failure.message).toBe("acme can't be written: permission denied.");
  });

  it('a name that is too long', async () => {
    const here = emptyFolder();
    const failure = await failureOf(writeFiles(join(here, 'new', 'x'.repeat(300)), files, { shown: 'long' }));
    expect(failure.message).toContain('too long');
    expect(treeOf(here)).toEqual([]);
  });
});

describe('what goes wrong on the way leaves nothing', () => {
  it('a file that the file system refuses, below folders that were made for it', async () => {
    const here = emptyFolder();
    const refused = [...files, { path: `src/${'x'.repeat(300)}`, contents: '' }];
    const failure = await failureOf(writeFiles(join(here, 'a/b/acme'), refused, { shown: 'acme' }));
    expect(failure.message).toContain('too long');
    expect(treeOf(here)).toEqual([]);
  });

  it('the same in an empty folder', async () => {
    const here = emptyFolder();
    const refused = [...files, { path: `src/${'x'.repeat(300)}`, contents: '' }];
    await failureOf(writeFiles(here, refused, { shown: 'acme' }));
    expect(treeOf(here)).toEqual([]);
  });

  it('an interruption between two files', async () => {
    const here = emptyFolder();
    const writing = writeFiles(join(here, 'a/acme'), files);
    await nextTurn();
    expect(treeOf(here)).toContain('a/');
    runCleanups();
    expect(treeOf(here)).toEqual([]);
    await writing.catch(() => {});
    expect(treeOf(here)).toEqual([]);
  });

  it('somebody else writes into the empty folder meanwhile: theirs stays', async () => {
    const here = emptyFolder();
    const writing = writeFiles(here, files, { shown: 'acme' });
    writeFileSync(join(here, 'src'), 'theirs');
    const failure = await failureOf(writing);
    expect(failure.message).toBe("acme can't be written: a part of the path is a file.");
    expect(treeOf(here)).toEqual(['src']);
    expect(readFileSync(join(here, 'src'), 'utf8')).toBe('theirs');
  });

  it('somebody else makes the folder and writes into it meanwhile: theirs stays', async () => {
    const here = emptyFolder();
    const writing = writeFiles(join(here, 'acme'), files, { shown: 'acme' });
    await nextTurn();
    mkdirSync(join(here, 'acme'));
    writeFileSync(join(here, 'acme/theirs'), '');
    const failure = await failureOf(writing);
    expect(failure.message).toContain('meanwhile');
    expect(treeOf(here)).toEqual(['acme/', 'acme/theirs']);
  });
});

describe('a plan that is wrong is a bug, found before anything is written', () => {
  it.each([
    ['../evil'],
    ['/etc/passwd'],
    ['a/../../b'],
    ['a//b'],
    ['a\\b'],
    ['C:x'],
    [''],
    ['a\0'],
    ['PYPROJECT.toml'],
  ])('%j', async (path) => {
    const here = emptyFolder();
    await expect(writeFiles(join(here, 'acme'), [...files, { path, contents: '' }])).rejects.toThrow(
      /^The plan has/,
    );
    expect(treeOf(here)).toEqual([]);
  });
});
