import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTarget } from '../../src/target/find.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-find-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const entryPoints = '[project.entry-points."dstack.plugins"]\nguard = "guard:Plugin"\n';
const project = `[project]\nname = "guard"\n${entryPoints}`;

describe('the target', () => {
  test.each([
    ['[project.entry-points]', { 'pyproject.toml': project }],
    [
      'an inline table',
      {
        'pyproject.toml':
          '[project]\nname = "guard"\nentry-points = {"dstack.plugins" = {guard = "guard:Plugin"}}',
      },
    ],
    [
      'poetry',
      {
        'pyproject.toml':
          '[tool.poetry]\nname = "guard"\n[tool.poetry.plugins."dstack.plugins"]\nguard = "guard:Plugin"',
      },
    ],
    [
      'older flit',
      {
        'pyproject.toml':
          '[tool.flit.metadata]\nmodule = "guard"\n[tool.flit.entrypoints."dstack.plugins"]\nguard = "guard:Plugin"',
      },
    ],
    [
      'setuptools with a file',
      {
        'pyproject.toml':
          '[project]\nname = "guard"\ndynamic = ["entry-points"]\n[tool.setuptools.dynamic]\nentry-points = {file = "entry_points.txt"}',
        'entry_points.txt': '[dstack.plugins]\nguard = guard:Plugin',
      },
    ],
    [
      'setup.cfg',
      {
        'setup.cfg':
          '[metadata]\nversion = 1\nname = guard\n[options.entry_points]\ndstack.plugins =\n    guard = guard:Plugin',
      },
    ],
    [
      'setup.py',
      { 'setup.py': 'setup(name="guard", entry_points={"dstack.plugins": ["guard = guard:Plugin"]})' },
    ],
    [
      'setup.py beside a pyproject.toml without it',
      {
        'pyproject.toml': '[build-system]\nrequires = ["setuptools"]',
        'setup.py': 'setup(name="guard", entry_points="[dstack.plugins]\\nguard = guard:Plugin")',
      },
    ],
  ] as const)('is found through %s', (_, files) => {
    write(files);
    expect(findTarget(folder)).toEqual({
      kind: 'package',
      root: folder,
      name: 'guard',
      dependencyFiles: Object.keys(files).sort(),
    });
  });

  test('is the nearest one upwards, also through a symbolic link', () => {
    write({ 'pyproject.toml': project, 'inner/pyproject.toml': project, 'inner/src/guard/x.py': '' });
    expect(findTarget(join(folder, 'inner', 'src', 'guard')).root).toBe(join(folder, 'inner'));
    symlinkSync(join(folder, 'inner', 'src'), join(folder, 'link'));
    expect(findTarget(join(folder, 'link')).root).toBe(join(folder, 'inner'));
  });

  test('is not a project that only speaks of the group', () => {
    write({
      'pyproject.toml': project,
      'inner/pyproject.toml': '[project]\nname = "other"\ndescription = "on dstack.plugins" # dstack.plugins',
      'inner/setup.py': 'from dstack.plugins import Plugin\n# dstack.plugins\n',
    });
    expect(findTarget(join(folder, 'inner')).root).toBe(folder);
  });

  test('counts every file that decides what is installed', () => {
    write({
      'pyproject.toml': `${project}\n[tool.setuptools.dynamic]\ndependencies = {file = ["deps/base.list"]}\n`,
      'deps/base.list': '',
      'uv.lock': '',
      'requirements-dev.txt': '',
      'requirements/test.txt': '',
      'README.md': '',
    });
    expect(findTarget(folder).dependencyFiles).toEqual([
      'pyproject.toml',
      'requirements-dev.txt',
      'requirements/test.txt',
      'uv.lock',
      'deps/base.list',
    ]);
  });

  test('counts the files of the workspace that locks it', () => {
    write({
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["plugins/*"]',
      'uv.lock': '',
      'plugins/guard/pyproject.toml': project,
    });
    expect(findTarget(join(folder, 'plugins', 'guard')).dependencyFiles).toEqual([
      'pyproject.toml',
      '../../pyproject.toml',
      '../../uv.lock',
    ]);
  });

  test('that isn’t there is a sentence with the next step', () => {
    write({ 'pyproject.toml': '[project]\nname = "other"' });
    expect(() => findTarget(folder)).toThrow(
      expect.objectContaining({
        code: 'no-target',
        exitCode: 3,
        message: expect.stringContaining(`There is no dstack plugin in ${folder}`),
        hint: expect.stringContaining('npx create-dstack-plugin my-plugin'),
      }),
    );
  });

  test('whose pyproject.toml isn’t valid is named with the line', () => {
    write({ 'pyproject.toml': `${project}\n[tool\n` });
    expect(() => findTarget(folder)).toThrow(
      expect.objectContaining({
        code: 'invalid-toml',
        exitCode: 3,
        place: { file: expect.stringMatching(/pyproject\.toml$/), line: 6 },
        message: expect.not.stringContaining('\n'),
      }),
    );
  });
});
