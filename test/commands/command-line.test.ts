import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyFolder, executable, run, treeOf } from '../executable.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe('help and version', () => {
  it.each([[['--version']], [['-V']], [['--', '--version']]])('%j prints the version alone', async (args) => {
    expect(await run(args, { cwd: emptyFolder() })).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['--help'], 'npx create-dstack-plugin acme-guard'],
    [['-h'], 'npx create-dstack-plugin acme-guard'],
    [['help'], 'npx create-dstack-plugin acme-guard'],
    [['test', '--help'], '--as <user@project>'],
    [['test', '-h'], '--update'],
    [['help', 'test'], '--update'],
  ])('%j prints help with examples, at most 80 columns wide', async (args, part) => {
    const { code, stdout, stderr } = await run(args, { cwd: emptyFolder() });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(part);
    expect(stdout).toContain('Examples:');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('a command line that is wrong is refused with exit code 2 and what was probably meant', () => {
  it.each([
    [['--polices', 'none'], 'There is no option --polices.', 'Did you mean --policies?'],
    [['x', '-z'], 'There is no option -z.', '--help'],
    [['tset'], 'There is no command "tset".', 'Did you mean test?'],
    [['tests'], 'There is no command "tests".', 'write ./tests'],
    [['create', 'x'], 'There is no command "create".', 'npx create-dstack-plugin x'],
    [['ad'], 'There is no command "ad".', 'Did you mean add?'],
    [['x', '--with', 'docer'], '--with doesn\'t take "docer"', 'Did you mean docker?'],
    [['x', '--with', 'policy'], 'a flag of their own', '--policies'],
    [['a', 'b'], 'too many arguments', '--help'],
    [['--name'], 'argument missing', '--help'],
    [['x', '--kind', 'rset'], '--kind doesn\'t take "rset"', 'Did you mean rest?'],
    [['x', '--policies', '\u001b[31m'], '\\x1b[31m', ''],
    [['test', '--reporter', 'jsn'], 'There is no reporter "jsn"', 'Did you mean json?'],
    [['test', '--reporter', 'preety=x'], 'There is no reporter "preety"', 'Did you mean pretty?'],
    [['test', '--timeout', '0'], '--timeout takes seconds', '--timeout 10'],
    [['test', '--timeout', '-1'], '--timeout takes seconds', '--timeout 10'],
    [['test', '--timeout', '1e3'], '--timeout takes seconds', '--timeout 10'],
    [['test', '--python', 'python3'], '--python takes a version', '--python 3.11'],
    [['test', '--plugin', 'a,,b'], '--plugin has an empty name', ''],
    [['test', '--updat'], 'There is no option --updat.', 'Did you mean --update?'],
    [['--yes', 'test'], '--yes before "test"', 'after the command'],
  ])('%j', async (args, sentence, hint) => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run(args, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(treeOf(cwd)).toEqual([]);
  });
});

it('a reader that stops reading is no bug, and changes no exit code', async () => {
  const child = spawn(process.execPath, [executable, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data) => {
    stderr += data;
  });
  expect([await new Promise((resolve) => child.on('close', resolve)), stderr]).toEqual([0, '']);
});

it.skipIf(!existsSync('/dev/full'))('output that is lost to a full disk is no success', async () => {
  const child = spawn('sh', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, executable], {
    stdio: 'pipe',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data) => {
    stderr += data;
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(3);
  expect(stderr).toContain("error: Standard output can't be written");
});

it('a bug says so, with the stack, the versions and where to report it', async () => {
  const { code, stderr } = await run(['x', '--yes'], {
    cwd: emptyFolder(),
    node: [
      '--import',
      'data:text/javascript,import fs from "node:fs"; import {syncBuiltinESMExports as sync} from "node:module";' +
        'fs.lstatSync = () => { throw new TypeError("broken"); }; sync();',
    ],
  });
  expect(code).toBe(70);
  expect(stderr).toContain('This is a bug in create-dstack-plugin.');
  expect(stderr).toMatch(/\n\s+at .*:\d+:\d+/);
  expect(stderr).toContain(`create-dstack-plugin ${version}, node ${process.versions.node}`);
  expect(stderr).toContain('npm bugs create-dstack-plugin');
});
