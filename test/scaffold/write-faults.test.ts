import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { type FileSystem, nodeFileSystem } from '../../src/scaffold/file-system.ts';
import type { FileToWrite } from '../../src/scaffold/operations.ts';
import { runCleanups } from '../../src/terminal/signals.ts';
import { emptyFolder, treeOf } from '../executable.ts';
import { stateOf, writeFiles } from './writing.ts';

const files: readonly FileToWrite[] = [
  { path: 'README.md', contents: 'ours\n' },
  { path: 'bin/start', contents: '#!/bin/sh\n', executable: true },
  { path: 'pyproject.toml', contents: '[project]\n' },
  { path: 'samples/a/b.yml', contents: 'a: 1\n' },
  { path: 'same.txt', contents: 'same\n' },
  { path: 'tests', contents: 'a file where they have a folder\n' },
  { path: 'link', contents: 'a file where they have a link\n' },
];

/** Where a project can go to, and what is there. */
const places: readonly (readonly [string, (here: string) => string])[] = [
  ['a folder that is not there, below others that are not', (here) => join(here, 'a/b/acme')],
  ['an empty folder', (here) => here],
  [
    'a folder that is used',
    (here) => {
      writeFileSync(join(here, 'README.md'), 'theirs\n');
      chmodSync(join(here, 'README.md'), 0o640);
      writeFileSync(join(here, 'README.md.bak'), 'an older backup\n');
      writeFileSync(join(here, 'same.txt'), 'same\n');
      writeFileSync(join(here, 'notes.txt'), 'not in the way\n');
      mkdirSync(join(here, 'samples'));
      mkdirSync(join(here, 'tests'));
      writeFileSync(join(here, 'tests/t.py'), 'theirs\n');
      symlinkSync('notes.txt', join(here, 'link'));
      return here;
    },
  ],
];

type Call = keyof FileSystem;
const changing: readonly Call[] = [
  'makeFolder',
  'writeNew',
  'link',
  'rename',
  'setMode',
  'removeFile',
  'removeFolder',
  'removeTree',
];

/** A file system that does something before each call, or instead of it. */
function watched(before: (call: Call, number: number) => void): FileSystem {
  let count = 0;
  const after =
    <Args extends readonly unknown[], Result>(call: Call, act: (...args: Args) => Result) =>
    (...args: Args): Result => {
      before(call, ++count);
      return act(...args);
    };
  return {
    makeFolder: after('makeFolder', nodeFileSystem.makeFolder),
    writeNew: after('writeNew', nodeFileSystem.writeNew),
    link: after('link', nodeFileSystem.link),
    rename: after('rename', nodeFileSystem.rename),
    setMode: after('setMode', nodeFileSystem.setMode),
    removeFile: after('removeFile', nodeFileSystem.removeFile),
    removeFolder: after('removeFolder', nodeFileSystem.removeFolder),
    removeTree: after('removeTree', nodeFileSystem.removeTree),
    look: after('look', nodeFileSystem.look),
    real: after('real', nodeFileSystem.real),
  };
}

function refusal(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code, syscall: 'any' });
}

async function callsOf(prepare: (here: string) => string): Promise<readonly Call[]> {
  const calls: Call[] = [];
  await writeFiles(prepare(emptyFolder()), files, {
    onConflict: 'backup',
    fileSystem: watched((call) => void calls.push(call)),
  });
  return calls;
}

async function attempt(writing: Promise<unknown>): Promise<unknown> {
  return writing.then(
    () => null,
    (error: unknown) => error,
  );
}

describe.each(places)('into %s', (_, prepare) => {
  it.each(['ENOSPC', 'EACCES', 'EROFS', 'EIO', 'EMFILE'])(
    'when any one call fails with %s, everything is as it was',
    async (code) => {
      const calls = await callsOf(prepare);
      expect(calls.length).toBeGreaterThan(20);
      for (let n = 1; n <= calls.length; n++) {
        const here = emptyFolder();
        const directory = prepare(here);
        const before = stateOf(here);
        const fileSystem = watched((_call, number) => {
          if (number === n) throw refusal(code);
        });
        const error = await attempt(writeFiles(directory, files, { onConflict: 'backup', fileSystem }));
        const where = `call ${n} of ${calls.length}, ${calls[n - 1]}`;
        expect(error, where).toBeInstanceOf(Failure);
        expect(error instanceof Failure && error.details, where).toBeUndefined();
        expect(stateOf(here), where).toEqual(before);
      }
    },
  );

  it('when the disk is full from some call on, everything is as it was', async () => {
    const calls = await callsOf(prepare);
    const growing: readonly Call[] = ['makeFolder', 'writeNew'];
    for (let n = 1; n <= calls.length; n++) {
      const here = emptyFolder();
      const directory = prepare(here);
      const before = stateOf(here);
      const fileSystem = watched((call, number) => {
        if (number >= n && growing.includes(call)) throw refusal('ENOSPC');
      });
      const error = await attempt(writeFiles(directory, files, { onConflict: 'backup', fileSystem }));
      if (error === null) continue;
      expect(stateOf(here), `from call ${n} on`).toEqual(before);
    }
  });

  it('when it is interrupted before any one turn, everything is as it was', async () => {
    const calls = await callsOf(prepare);
    let interrupted = 0;
    for (let n = 1; n <= calls.length; n++) {
      const here = emptyFolder();
      const directory = prepare(here);
      const before = stateOf(here);
      // A signal that comes during a call is handled in the next turn of the event loop.
      const fileSystem = watched((_call, number) => {
        if (number === n) setImmediate(runCleanups);
      });
      const error = await attempt(writeFiles(directory, files, { onConflict: 'backup', fileSystem }));
      await nextTurn();
      if (error === null) continue;
      interrupted += 1;
      expect(stateOf(here), `in call ${n}`).toEqual(before);
    }
    expect(interrupted).toBeGreaterThan(10);
  });

  it('a file system without hard links gets the same files', async () => {
    const one = emptyFolder();
    const other = emptyFolder();
    await writeFiles(prepare(one), files, { onConflict: 'backup' });
    const fileSystem = { ...nodeFileSystem, link: () => void fail('ENOTSUP') };
    await writeFiles(prepare(other), files, { onConflict: 'backup', fileSystem });
    expect(stateOf(other)).toEqual(stateOf(one));
  });

  it('a file system without hard links is left as it was, too', async () => {
    const withoutLinks = (before: (call: Call, number: number) => void): FileSystem =>
      watched((call, number) => {
        before(call, number);
        if (call === 'link') throw refusal('EPERM');
      });
    let count = 0;
    await writeFiles(prepare(emptyFolder()), files, {
      onConflict: 'backup',
      fileSystem: withoutLinks(() => {
        count += 1;
      }),
    });
    for (let n = 1; n <= count; n++) {
      const here = emptyFolder();
      const directory = prepare(here);
      const before = stateOf(here);
      const fileSystem = withoutLinks((_call, number) => {
        if (number === n) throw refusal('EIO');
      });
      const error = await attempt(writeFiles(directory, files, { onConflict: 'backup', fileSystem }));
      expect(error, `call ${n}`).toBeInstanceOf(Failure);
      expect(stateOf(here), `call ${n}`).toEqual(before);
    }
  });
});

function fail(code: string): never {
  throw refusal(code);
}

it('when even undoing is refused, it is said what to look at, and nobody has lost a file', async () => {
  const used = places[2]?.[1] ?? String;
  const calls = await callsOf(used);
  for (let n = 1; n <= calls.length; n++) {
    const here = emptyFolder();
    const directory = used(here);
    const fileSystem = watched((call, number) => {
      if (number >= n && changing.includes(call)) throw refusal('EROFS');
    });
    const error = await attempt(writeFiles(directory, files, { onConflict: 'backup', fileSystem }));
    if (error === null) continue;
    expect(error).toBeInstanceOf(Failure);
    const contents = Object.values(stateOf(here)).join('\n');
    for (const theirs of ['theirs\n', 'an older backup\n', 'not in the way\n', 'same\n']) {
      expect(contents, `from call ${n} on`).toContain(theirs);
    }
    const changed = JSON.stringify(stateOf(here)) !== JSON.stringify(stateOf(used(emptyFolder())));
    const said = error instanceof Failure && (error.details ?? '').includes(here);
    expect(said || !changed, `from call ${n} on`).toBe(true);
  }
});

describe('a file that is as it was read gets what is new', () => {
  const updating: readonly FileToWrite[] = [
    { path: 'new.txt', contents: 'new\n' },
    { path: 'src/plugin.py', contents: 'theirs, and ours\n', replaces: 'theirs\n' },
  ];
  const prepared = (): string => {
    const here = emptyFolder();
    mkdirSync(join(here, 'src'));
    writeFileSync(join(here, 'src/plugin.py'), 'theirs\n');
    chmodSync(join(here, 'src/plugin.py'), 0o640);
    return here;
  };

  it('and keeps its mode; nothing else is left', async () => {
    const here = prepared();
    await writeFiles(here, updating);
    expect(treeOf(here)).toEqual(['new.txt', 'src/', 'src/plugin.py']);
    expect(readFileSync(join(here, 'src/plugin.py'), 'utf8')).toBe('theirs, and ours\n');
    expect(statSync(join(here, 'src/plugin.py')).mode & 0o777).toBe(0o640);
  });

  it('when any one call fails, everything is as it was, or done and what was there kept beside it', async () => {
    const calls: Call[] = [];
    const counting = watched((call) => void calls.push(call));
    await writeFiles(prepared(), updating, { fileSystem: counting });
    let refused = 0;
    for (let n = 1; n <= calls.length; n++) {
      const here = prepared();
      const before = stateOf(here);
      const fileSystem = watched((_call, number) => {
        if (number === n) throw refusal('EIO');
      });
      const error = await attempt(writeFiles(here, updating, { fileSystem }));
      const where = `call ${n} of ${calls.length}, ${calls[n - 1]}`;
      if (error !== null) {
        expect(error, where).toBeInstanceOf(Failure);
        expect(stateOf(here), where).toEqual(before);
        refused += 1;
        continue;
      }
      expect(readFileSync(join(here, 'src/plugin.py'), 'utf8'), where).toBe('theirs, and ours\n');
      expect(readFileSync(join(here, 'src/plugin.py.bak'), 'utf8'), where).toBe('theirs\n');
    }
    expect(refused).toBeGreaterThan(10);
  });

  it('but not when somebody has written to it since: nothing is written', async () => {
    const here = prepared();
    writeFileSync(join(here, 'src/plugin.py'), 'theirs, later\n');
    const before = stateOf(here);
    expect(await attempt(writeFiles(here, updating))).not.toBeNull();
    expect(stateOf(here)).toEqual(before);
  });
});
