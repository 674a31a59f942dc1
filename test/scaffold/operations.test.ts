import { describe, expect, it } from 'vitest';
import {
  allDecided,
  type FileToWrite,
  operationsFor,
  type Resolution,
  resolved,
} from '../../src/scaffold/operations.ts';
import type { Entry, FolderSnapshot } from '../../src/scaffold/snapshot.ts';

const folder: Entry = { type: 'folder' };

function holding(text: string): Entry {
  const bytes = Buffer.from(text);
  return { type: 'file', size: bytes.length, mode: 0o644, bytes, stamp: '' };
}

function linkTo(leads: Extract<Entry, { type: 'link' }>['leads']): Entry {
  return { type: 'link', to: 'x', leads };
}

function there(entries: Readonly<Record<string, Entry>>, caseSensitive = true): FolderSnapshot {
  return { exists: true, caseSensitive, entries: new Map(Object.entries(entries)) };
}

const readme: FileToWrite = { path: 'README.md', contents: 'ours\n' };
const deep: FileToWrite = { path: 'src/acme/x.py', contents: '' };

function words(files: readonly FileToWrite[], snapshot: FolderSnapshot): readonly string[] {
  return operationsFor(files, snapshot).map((operation) =>
    operation.operation === 'blocked'
      ? `blocked by ${operation.foundAt}: ${operation.because}`
      : operation.operation,
  );
}

function resolvedAs(resolution: Resolution, file: FileToWrite, snapshot: FolderSnapshot) {
  return resolved(operationsFor([file], snapshot), snapshot, () => resolution)[0];
}

describe('what a file means for a folder', () => {
  it.each<[string, FileToWrite, FolderSnapshot, string]>([
    ['nothing is there', readme, there({}), 'create'],
    ['only other files are there', readme, there({ 'notes.txt': holding('') }), 'create'],
    ['its folders are there', deep, there({ src: folder, 'src/acme': folder }), 'create'],
    ['the same file is there', readme, there({ 'README.md': holding('ours\n') }), 'skip'],
    [
      'the same empty file is there',
      deep,
      there({ src: folder, 'src/acme': folder, 'src/acme/x.py': holding('') }),
      'skip',
    ],
    ['it differs in a line end', readme, there({ 'README.md': holding('ours\r\n') }), 'conflict'],
    [
      'a file that was not read is there',
      readme,
      there({ 'README.md': { ...holding(''), bytes: null } as Entry }),
      'conflict',
    ],
    ['a folder is there', readme, there({ 'README.md': folder }), 'conflict'],
    ['a pipe is there', readme, there({ 'README.md': { type: 'other' } }), 'conflict'],
    ['a link to an equal file is there', readme, there({ 'README.md': linkTo('file-inside') }), 'conflict'],
    ['one of its folders is a file', deep, there({ src: holding('') }), 'blocked by src: no-folder'],
    ['one of its folders is a pipe', deep, there({ src: { type: 'other' } }), 'blocked by src: no-folder'],
    ['one of its folders leads to another', deep, there({ src: linkTo('folder-inside') }), 'create'],
    ['one of its folders leads out', deep, there({ src: linkTo('outside') }), 'blocked by src: link-out'],
    [
      'one of its folders leads to a file',
      deep,
      there({ src: linkTo('file-inside') }),
      'blocked by src: no-folder',
    ],
    [
      'one of its folders leads nowhere',
      deep,
      there({ src: folder, 'src/acme': linkTo('nothing') }),
      'blocked by src/acme: link-to-nothing',
    ],
    ['its name in another case is another name', readme, there({ 'readme.md': holding('') }), 'create'],
    [
      'its name in another case is the same name',
      readme,
      there({ 'readme.md': holding('ours\n') }, false),
      'conflict',
    ],
    [
      'a folder in another case is the same folder',
      deep,
      there({ Src: folder }, false),
      'blocked by Src: case',
    ],
    [
      'an accent in two pieces is the same name',
      { path: 'é.md', contents: '' },
      there({ 'e\u0301.md': holding('x') }, false),
      'conflict',
    ],
  ])('where %s', (_, file, snapshot, expected) => {
    expect(words([file], snapshot)).toEqual([expected]);
  });
});

describe('a conflict is resolved', () => {
  const taken = there({ 'README.md': holding('theirs') });

  it('by keeping what is there', () => {
    expect(resolvedAs('keep', readme, taken)).toMatchObject({ operation: 'keep', foundAt: 'README.md' });
  });

  it('by a backup under a name that nothing has, older backups included', () => {
    expect(resolvedAs('backup', readme, taken)).toMatchObject({
      operation: 'replace',
      backup: 'README.md.bak',
    });
    const older = there({
      'README.md': holding('theirs'),
      'README.md.bak': holding('older'),
      'README.md.bak1': folder,
    });
    expect(resolvedAs('backup', readme, older)).toMatchObject({ backup: 'README.md.bak2' });
  });

  it('by a backup that no other file of the plan wants the name of', () => {
    const files = [readme, { path: 'README.md.bak', contents: '' }];
    const operations = resolved(operationsFor(files, taken), taken, () => 'backup');
    expect(operations).toMatchObject([{ backup: 'README.md.bak1' }, { operation: 'create' }]);
  });

  it('by a backup whose name differs in more than its case', () => {
    const snapshot = there({ 'Readme.md': holding('theirs'), 'README.MD.BAK': holding('') }, false);
    expect(resolvedAs('backup', readme, snapshot)).toMatchObject({
      foundAt: 'Readme.md',
      backup: 'Readme.md.bak1',
    });
  });

  it('by a file beside it; one that is there already is not written again', () => {
    expect(resolvedAs('new', readme, taken)).toMatchObject({ beside: 'README.md.new', already: false });
    const before = { 'README.md': holding('theirs'), 'README.md.new': holding('ours\n') };
    expect(resolvedAs('new', readme, there(before))).toMatchObject({
      beside: 'README.md.new',
      already: true,
    });
    const other = { ...before, 'README.md.new': holding('of an older release') };
    expect(resolvedAs('new', readme, there(other))).toMatchObject({
      beside: 'README.md.new1',
      already: false,
    });
  });

  it('or not at all, and then the plan is undecided; what is blocked never is', () => {
    const open = operationsFor([readme, deep], there({ 'README.md': folder, src: holding('') }));
    expect(
      allDecided(
        resolved(
          [open[0] ?? open[1]].flatMap((one) => one ?? []),
          taken,
          () => null,
        ),
      ),
    ).toBe(false);
    expect(allDecided(resolved(open.slice(1), taken, () => 'backup'))).toBe(false);
    expect(allDecided(resolved(open.slice(0, 1), taken, () => 'backup'))).toBe(true);
  });
});
