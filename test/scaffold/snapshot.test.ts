import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCaseSensitive } from '../../src/scaffold/case-sensitivity.ts';
import { checkPaths, unportable } from '../../src/scaffold/portable-path.ts';
import { snapshotOf } from '../../src/scaffold/snapshot.ts';
import { emptyFolder } from '../executable.ts';

const files = ['README.md', 'src/acme/x.py', 'samples/a.yml', 'docs/b.md'].map((path) => ({
  path,
  contents: 'text\n',
}));

describe('a look at a folder', () => {
  it('that is not there finds nothing', () => {
    expect(snapshotOf(join(emptyFolder(), 'x'), files)).toMatchObject({ exists: false, entries: new Map() });
  });

  it('has what is in the folders that the plan enters, and reads only what is in the way', () => {
    const here = emptyFolder();
    writeFileSync(join(here, 'README.md'), 'theirs');
    chmodSync(join(here, 'README.md'), 0o640);
    writeFileSync(join(here, 'README.md.new'), 'new');
    writeFileSync(join(here, 'notes.txt'), 'private');
    mkdirSync(join(here, 'node_modules/a'), { recursive: true });
    mkdirSync(join(here, 'src'));
    const { entries } = snapshotOf(here, files);
    expect([...entries.keys()].sort()).toEqual([
      'README.md',
      'README.md.new',
      'node_modules',
      'notes.txt',
      'src',
    ]);
    expect(entries.get('README.md')).toMatchObject({
      type: 'file',
      mode: 0o640,
      bytes: Buffer.from('theirs'),
    });
    expect(entries.get('README.md.new')).toMatchObject({ bytes: Buffer.from('new') });
    expect(entries.get('notes.txt')).toMatchObject({ type: 'file', bytes: null });
  });

  it('tells where links lead, and follows those that stay inside', () => {
    const here = emptyFolder();
    const outside = emptyFolder();
    mkdirSync(join(here, 'shared'));
    writeFileSync(join(here, 'shared/a.yml'), 'theirs');
    symlinkSync('shared', join(here, 'samples'));
    symlinkSync(outside, join(here, 'src'));
    symlinkSync('gone', join(here, 'docs'));
    symlinkSync('README.md', join(here, 'README.md'));
    writeFileSync(join(outside, 'secret'), '');
    const { entries } = snapshotOf(here, files);
    expect(entries.get('samples')).toEqual({ type: 'link', to: 'shared', leads: 'folder-inside' });
    expect(entries.get('samples/a.yml')).toMatchObject({ bytes: Buffer.from('theirs') });
    expect(entries.get('src')).toMatchObject({ leads: 'outside' });
    expect(entries.get('docs')).toMatchObject({ leads: 'nothing' });
    expect(entries.get('README.md')).toMatchObject({ leads: 'nothing' });
    expect([...entries.keys()].filter((path) => path.startsWith('src/'))).toEqual([]);
  });

  it('never waits for a pipe, nor reads what is too large to be equal', () => {
    const here = emptyFolder();
    execFileSync('mkfifo', [join(here, 'README.md')]);
    mkdirSync(join(here, 'docs'));
    writeFileSync(join(here, 'docs/b.md'), Buffer.alloc(1024 * 1024 + 1));
    const { entries } = snapshotOf(here, files);
    expect(entries.get('README.md')).toEqual({ type: 'other' });
    expect(entries.get('docs/b.md')).toMatchObject({ size: 1024 * 1024 + 1, bytes: null });
  });

  it('sees that a file was written to since', () => {
    const here = emptyFolder();
    writeFileSync(join(here, 'README.md'), 'one');
    const first = snapshotOf(here, files).entries.get('README.md');
    utimesSync(join(here, 'README.md'), new Date(), new Date(1_000_000));
    const second = snapshotOf(here, files).entries.get('README.md');
    expect(second).not.toEqual(first);
  });

  it('knows whether case makes a difference, without writing', () => {
    const here = emptyFolder();
    expect(isCaseSensitive(join(here, 'not-there'))).toBe(process.platform === 'linux');
    expect(isCaseSensitive('/', 'linux')).toBe(true);
    expect(isCaseSensitive('/', 'darwin')).toBe(false);
  });
});

describe('a path that some system has no file for', () => {
  it.each([
    'con',
    'src/NUL.py',
    'aux.d/x',
    'COM1',
    'lpt9.txt',
    'a.',
    'a ',
    'a?b',
    'a:b',
    'a\\b',
    '../x',
    '/x',
    'a//b',
    'e\u0301',
  ])('%j is refused', (path) => {
    expect(unportable(path)).not.toBeNull();
  });

  it.each(['.github/workflows/replay.yml', 'console.py', 'nullable/com10.txt', 'src/acme/__init__.py', 'é'])(
    '%j is none',
    (path) => {
      expect(unportable(path)).toBeNull();
    },
  );

  it.each([[['a', 'A']], [['src/a', 'Src/b']], [['a', 'a/b']], [['a/b', 'a']]])(
    '%j is two names for one place',
    (paths) => {
      expect(() => checkPaths(paths.map((path) => ({ path, contents: '' })))).toThrow(/^The plan has/);
    },
  );
});
