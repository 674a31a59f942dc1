import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createdText } from '../../src/commands/create/created.ts';
import type { Operation } from '../../src/scaffold/operations.ts';
import { newestTestedDstack, toolVersion } from '../../src/version.ts';
import { emptyFolder, executable, run, treeOf } from '../executable.ts';

/** Code for node to run before the tool. */
function before(code: string): readonly string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** Does something when the n-th file is about to be written. */
function atFile(n: number, action: string): readonly string[] {
  return before(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const write = fs.writeFileSync;
    let count = 0;
    fs.writeFileSync = (...args) => { if (++count === ${n}) { ${action} } return write(...args); };
    syncBuiltinESMExports();
  `);
}

describe('without a terminal', () => {
  it('a project is written without a question, and stdout says what comes next', async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run(['acme-guard', '--no-git'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Created the plugin acme-guard in acme-guard:');
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
      '  cd acme-guard',
      `  npx create-dstack-plugin@${toolVersion} test`,
    ]);
    expect(readFileSync(join(cwd, 'acme-guard/src/acme_guard/__init__.py'), 'utf8')).not.toBe('');
    expect(treeOf(cwd).filter((path) => /\.create-dstack-plugin-/.test(path))).toEqual([]);
  });

  it('into this folder, where it is empty; and then there is nowhere to change to', async () => {
    const cwd = join(emptyFolder(), 'acme');
    mkdirSync(cwd);
    const { code, stdout } = await run(['.'], { cwd });
    expect(code).toBe(0);
    expect(stdout).not.toContain('cd ');
    expect(existsSync(join(cwd, 'pyproject.toml'))).toBe(true);
  });

  it('as npm and PowerShell pass arguments on, with a stray --', async () => {
    const cwd = emptyFolder();
    const { code } = await run(['acme', '--', '--policies', 'none', '--name', 'other'], { cwd });
    expect(code).toBe(0);
    expect(existsSync(join(cwd, 'acme/src/other/__init__.py'))).toBe(true);
  });

  it('a folder of a command is written with its path', async () => {
    const cwd = emptyFolder();
    expect((await run(['./test', '--name', 'acme'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, 'test/pyproject.toml'))).toBe(true);
  });

  it('a folder name that a shell would act on is quoted', async () => {
    const cwd = emptyFolder();
    const { stdout } = await run(["it's mine", '--name', 'acme'], { cwd });
    expect(stdout).toContain(process.platform === 'win32' ? "cd 'it''s mine'" : "cd 'it'\\''s mine'");
  });

  it('without a folder nothing is made, and the input is not read', async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run([], { cwd, input: 'acme\n\n\n\n' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('npx create-dstack-plugin my-plugin');
    expect(treeOf(cwd)).toEqual([]);
  });

  it('a folder that was removed meanwhile is no place to work in', async () => {
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" acme';
    const child = spawn('sh', ['-c', script, process.execPath, executable], {
      cwd: emptyFolder(),
      stdio: 'pipe',
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (data) => {
      stderr += data;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
    expect(stderr).toContain("error: The folder that this was started in isn't there any more.");
  });
});

it('with every policy the summary is at most 80 columns wide', async () => {
  const { code, stdout } = await run(['acme-guard', '--policies', 'all'], { cwd: emptyFolder() });
  expect(code).toBe(0);
  expect(stdout).toContain('Policies: no-privileged,');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

describe('an interruption or a fault in the middle leaves nothing', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s at the second file', async (signal, expected) => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run(['new/acme'], {
      cwd,
      node: atFile(2, `process.kill(process.pid, '${signal}');`),
    });
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(treeOf(cwd)).toEqual([]);
  });

  it('SIGINT while an empty folder is being filled', async () => {
    const cwd = emptyFolder();
    const { code } = await run(['.', '--name', 'acme'], {
      cwd,
      node: atFile(2, `process.kill(process.pid, 'SIGINT');`),
    });
    expect(code).toBe(130);
    expect(treeOf(cwd)).toEqual([]);
  });

  it.each([
    ['ENOSPC', 'no space is left'],
    ['EROFS', 'read-only'],
    ['EIO', 'EIO'],
  ])('%s at the third file', async (errno, reason) => {
    const cwd = emptyFolder();
    const { code, stderr } = await run(['new/acme'], {
      cwd,
      node: atFile(
        3,
        `throw Object.assign(new Error('${errno}: oh'), {code: '${errno}', syscall: 'write'});`,
      ),
    });
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
    expect(treeOf(cwd)).toEqual([]);
  });
});

const named = { name: 'acme', module: 'acme', description: 'x', author: null, parts: [] };

function creating(paths: readonly string[]): readonly Operation[] {
  return paths.map((path) => ({ operation: 'create', file: { path, contents: '' } }));
}

it('the summary says how much there is in each folder, and nothing of policies that were not chosen', () => {
  const text = createdText(
    {
      directory: '/x/acme',
      shown: 'acme',
      install: false,
      answers: {
        kind: 'package',
        language: 'python',
        name: 'acme',
        module: 'acme',
        description: 'x',
        author: null,
        policies: [],
        parts: [],
        dstack: newestTestedDstack,
        tool: '1.2.3',
      },
    },
    creating([
      'pyproject.toml',
      'README.md',
      'src/acme/__init__.py',
      'src/acme/settings.py',
      'samples/a.dstack.yml',
    ]),
    [],
    79,
  );
  expect(text).toBe(`Created the plugin acme in acme: 5 files, for dstack ${newestTestedDstack}.
It has no policies yet.

  samples/  1 file
  src/      2 files
  pyproject.toml
  README.md

Next:

  cd acme
  npx create-dstack-plugin@1.2.3 test
`);
});

it.each([
  ['python', []],
  ['typescript', ['npm install']],
  ['go', []],
] as const)(
  'a REST plugin in %s is called one, and what comes before its first test is named',
  (language, before) => {
    const answers = { ...named, policies: [], dstack: newestTestedDstack, tool: '1.2.3' };
    const decision = {
      directory: '/x',
      shown: '.',
      install: false,
      answers: { ...answers, kind: 'rest', language },
    } as const;
    const text = createdText(decision, creating(['README.md']), [], 79);
    expect(text).toContain('Created the REST plugin acme in this folder: 1 file,');
    expect(text.slice(text.indexOf('Next:')).trim().split(/\n\s*/)).toEqual([
      'Next:',
      ...before,
      'npx create-dstack-plugin@1.2.3 test',
    ]);
  },
);

it('a REST plugin is written by its flags alone, in the language that was asked for', async () => {
  const cwd = emptyFolder();
  const { code, stdout } = await run(['acme', '--kind', 'rest', '--policies', 'all'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('Created the REST plugin acme in acme:');
  expect(readFileSync(join(cwd, 'acme/dstack-plugin.yml'), 'utf8')).toContain('command: [uv, run, acme]');
  expect(readFileSync(join(cwd, 'acme/samples/untagged.expected.yml'), 'utf8')).toContain(
    'Apply request rejected: Required tags are missing',
  );
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
