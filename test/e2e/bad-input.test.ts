import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

const dstack = ['--dstack', '0.22.5'];

/** A copy of the example plugin with recorded expectations for none of its samples, and these files added. */
function projectWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = copyOfFixture('example-plugin');
  for (const [path, contents] of Object.entries(files)) writeFileSync(join(folder, path), contents);
  return folder;
}

/** The replays of the project's own samples. */
function ownReplays(report: Report): readonly unknown[] {
  return report.replays.filter(({ builtin }) => !builtin);
}

interface Case {
  readonly name: string;
  readonly contents: string | Buffer;
  readonly code: string;
  readonly line: number | null;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'YAML that does not parse',
    contents: 'type: task\ncommands: [unclosed\n',
    code: 'invalid-yaml',
    line: 3,
    says: /./,
  },
  {
    name: 'a configuration that dstack refuses',
    contents: 'type: task\ncommands: [ls]\nmax_price: cheap\nimage: python\n',
    code: 'invalid-configuration',
    line: 3,
    says: /max_price/,
  },
  {
    name: 'type: preset',
    contents: 'type: preset\nmodel: Qwen/Qwen3-8B\n',
    code: 'preset',
    line: 1,
    says: /plugins/,
  },
  {
    name: 'no type',
    contents: 'name: train\ncommands: [ls]\n',
    code: 'no-type',
    line: null,
    says: /type/,
  },
  {
    name: 'an empty file',
    contents: '# only a comment\n',
    code: 'empty-sample',
    line: null,
    says: /empty/,
  },
  {
    name: 'several documents',
    contents: 'type: task\ncommands: [ls]\n---\ntype: task\ncommands: [ls]\n',
    code: 'several-documents',
    line: 3,
    says: /document/,
  },
  {
    name: 'a sample that is not UTF-8',
    contents: Buffer.from('type: task\ncommands: [ls]\n# caf\xe9\n', 'latin1'),
    code: 'not-utf-8',
    line: 3,
    says: /UTF-8/,
  },
];

describe('a bad sample', () => {
  test.each(cases)('$name: is named with its file and line, and hides no other result', async (bad) => {
    const folder = projectWith({ 'samples/bad.dstack.yml': bad.contents });
    const { code, stdout } = await run(['test', ...dstack, '--reporter', 'json'], { cwd: folder });
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(2);
    expect(report.exitCode).toBe(2);
    expect(report.errors).toHaveLength(1);
    expect(report.errors[0]).toMatchObject({ code: bad.code, file: 'samples/bad.dstack.yml' });
    if (bad.line !== null) expect(report.errors[0]?.line).toBe(bad.line);
    expect(report.errors[0]?.text).toMatch(bad.says);
    expect(ownReplays(report)).toHaveLength(8);

    const pretty = await run(['test', ...dstack], { cwd: folder });
    expect(pretty.code).toBe(2);
    expect(pretty.stdout).toContain('samples/bad.dstack.yml');
    expect(pretty.stdout).not.toContain('at Object.');
  });
});

describe('a bad expectation', () => {
  test.each([
    { name: 'an unknown key', text: '- as: admin@main\n  outcme: rejected\n', line: 2, says: /outcome/ },
    { name: 'a wrong outcome', text: '- as: admin@main\n  outcome: denied\n', line: 2, says: /denied/ },
    {
      name: "an outcome that can't be recorded",
      text: '- as: admin@main\n  outcome: crashed\n',
      line: 2,
      says: /crashed/,
    },
    {
      name: 'the same context twice',
      text: '- as: admin@main\n  outcome: unchanged\n- as: admin@main\n  outcome: unchanged\n',
      line: 3,
      says: /admin@main/,
    },
    {
      name: 'a name that is no context',
      text: '- as: admin\n  outcome: unchanged\n',
      line: 1,
      says: /admin/,
    },
  ])('$name: is named with its file and line, and hides no other result', async ({ text, line, says }) => {
    const folder = projectWith({ 'samples/train.expected.yml': text });
    const { code, stdout } = await run(['test', ...dstack, '--reporter', 'json'], { cwd: folder });
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(2);
    expect(report.errors).toHaveLength(1);
    expect(report.errors[0]).toMatchObject({ file: 'samples/train.expected.yml', line });
    expect(`${report.errors[0]?.text} ${(await run(['test', ...dstack], { cwd: folder })).stdout}`).toMatch(
      says,
    );
    expect(ownReplays(report)).toHaveLength(7);
  });
});

describe('samples that are not there', () => {
  test('a filter that matches nothing: says so, with the nearest sample as a command', async () => {
    const folder = projectWith({});
    const { code, stdout, stderr } = await run(['test', 'trian', ...dstack], { cwd: folder });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('No sample matches "trian"');
    expect(stderr).toContain('create-dstack-plugin test samples/train.dstack.yml');
  });

  test('no samples at all: says so, with a command that writes a first one', async () => {
    const folder = projectWith({});
    rmSync(join(folder, 'samples'), { recursive: true });
    const { code, stderr } = await run(['test', ...dstack], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('There are no samples in this project');
    expect(stderr).toContain('samples/first.dstack.yml');
  });

  test('an empty samples folder is no pass', async () => {
    const folder = projectWith({});
    rmSync(join(folder, 'samples'), { recursive: true });
    mkdirSync(join(folder, 'samples'));
    expect((await run(['test', ...dstack], { cwd: folder })).code).toBe(2);
  });

  test('a samples folder outside the project is refused', async () => {
    const folder = projectWith({ 'dstack-plugin.yml': 'samples: ../elsewhere\n' });
    const { code, stderr } = await run(['test', ...dstack], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('outside');
    expect(stderr).toContain('dstack-plugin.yml:1');
  });

  test('a folder without a plugin: says so, and what to do', async () => {
    const { code, stderr } = await run(['test'], { cwd: emptyFolder() });
    expect(code).toBe(3);
    expect(stderr).toContain('There is no dstack plugin in');
    expect(stderr).toContain('npx create-dstack-plugin my-plugin');
  });
});

describe("a plugin that doesn't load", () => {
  test.each([
    {
      name: 'an import that fails',
      replaces: [
        'from dstack.api import Service',
        'from dstack.api import Service\nimport not_installed_here',
      ],
      code: 'plugin-import-failed',
      says: /not_installed_here/,
      line: 4,
    },
    {
      name: 'a class that is missing',
      replaces: ['class ExamplePlugin(Plugin)', 'class AnotherPlugin(Plugin)'],
      code: 'plugin-class-missing',
      says: /ExamplePlugin/,
      line: null,
    },
    {
      name: 'a class that is no plugin',
      replaces: ['class ExamplePlugin(Plugin)', 'class ExamplePlugin'],
      code: 'not-a-plugin',
      says: /ExamplePlugin/,
      line: null,
    },
    {
      name: 'a syntax error',
      replaces: ['class HouseRules(ApplyPolicy):', 'class HouseRules(ApplyPolicy)'],
      code: 'plugin-raised',
      says: /SyntaxError/,
      line: 9,
    },
  ])('$name: exit 3, with the author’s line and what the server would do', async (bad) => {
    const folder = projectWith({});
    const source = join(folder, 'src/example_plugin/__init__.py');
    const text = readFileSync(source, 'utf8');
    const [from = '', to = ''] = bad.replaces;
    expect(text).toContain(from);
    writeFileSync(source, text.replace(from, to));
    const json = await run(['test', ...dstack, '--reporter', 'json'], { cwd: folder });
    const report = JSON.parse(json.stdout) as Report;
    expect(json.code).toBe(3);
    expect(report.errors[0]?.code).toBe(bad.code);
    expect(report.errors[0]?.text).toMatch(
      /dstack would only log a warning|the dstack server would not start/,
    );
    if (bad.line !== null)
      expect(report.errors[0]).toMatchObject({ file: 'src/example_plugin/__init__.py', line: bad.line });
    const pretty = await run(['test', ...dstack], { cwd: folder });
    expect(pretty.code).toBe(3);
    expect(pretty.stdout + pretty.stderr).toMatch(bad.says);
  });

  test('an entry point that the project does not declare: exit 3', async () => {
    const folder = projectWith({});
    const { code, stdout, stderr } = await run(['test', ...dstack, '--plugin', 'other'], { cwd: folder });
    expect(code).toBe(3);
    expect(stdout + stderr).toContain('other');
  });
});
