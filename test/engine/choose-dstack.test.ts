import { describe, expect, test } from 'vitest';
import { type ChoiceInput, chooseDstack, withExtra } from '../../src/engine/choose-dstack.ts';
import { fromPoetry, requiredPython } from '../../src/engine/requirements.ts';
import { parseToml } from '../../src/target/pyproject.ts';

const toml = (text: string): ReturnType<typeof parseToml> => parseToml(text, 'pyproject.toml');
const nothing: ChoiceInput = {
  pyproject: null,
  texts: {},
  root: '/p',
  flag: null,
  configured: [],
  lock: null,
};
const pinned = toml('[project]\ndependencies = ["dstack==0.21.0"]');
const lock = toml('[[package]]\nname = "dstack"\nversion = "0.21.5"\nsource = { registry = "r" }');

describe('which dstack', () => {
  test('is the flag’s, then the configuration’s, then the lock’s, then the pin’s, then the newest', () => {
    const all = { ...nothing, flag: '0.22.5', configured: ['0.22.4', '0.20.0'], lock, pyproject: pinned };
    expect(chooseDstack(all)).toMatchObject({ version: '0.22.5', by: 'the flag --dstack' });
    expect(chooseDstack({ ...all, flag: null })).toMatchObject({
      version: '0.22.4',
      by: 'dstack-plugin.yml',
    });
    expect(chooseDstack({ ...all, flag: null, configured: [] })).toMatchObject({
      version: '0.21.5',
      by: 'uv.lock',
    });
    expect(chooseDstack({ ...nothing, pyproject: pinned })).toMatchObject({
      version: '0.21.0',
      requirement: 'dstack==0.21.0',
      by: 'pyproject.toml pins it',
    });
    expect(chooseDstack(nothing)).toEqual({
      requirement: 'dstack',
      version: null,
      constraints: [],
      by: 'the newest that the project allows',
    });
  });

  test.each([
    ['[project]\ndependencies = ["requests", "DSTACK[server, aws] == 0.21.0"]'],
    ['[project.optional-dependencies]\ntest = ["dstack[server]==0.21.0"]'],
    ['[dependency-groups]\nlint = ["ruff"]\ndev = [{include-group = "lint"}, "dstack (==0.21.0)"]'],
    ['[tool.poetry.dependencies]\ndstack = "0.21.0"'],
    ['[tool.poetry.group.dev.dependencies]\ndstack = {version = "==0.21.0", extras = ["server"]}'],
    ['[tool.hatch.envs.default]\ndependencies = ["dstack==0.21.0"]'],
    ['[tool.uv]\ndev-dependencies = ["dstack===0.21.0"]'],
    ['[tool.pdm.dev-dependencies]\ndev = ["dstack==0.21.0"]'],
  ])('is pinned by %j', (text) => {
    expect(chooseDstack({ ...nothing, pyproject: toml(text) })).toMatchObject({ version: '0.21.0' });
  });

  test.each([
    ['setup.cfg', '[options]\ninstall_requires =\n    requests\n    dstack==0.21.0  # pinned\n'],
    ['setup.py', "setup(install_requires=['dstack[server]==0.21.0'], entry_points={'dstack.plugins': []})"],
    ['requirements-dev.txt', 'pytest\ndstack==0.21.0\n'],
  ])('is pinned by %s', (file, text) => {
    expect(chooseDstack({ ...nothing, texts: { [file]: text } })).toMatchObject({
      version: '0.21.0',
      by: `${file} pins it`,
    });
  });

  test('holds to every specifier that is no pin', () => {
    const pyproject = toml(
      '[project]\ndependencies = ["dstack[server]>=0.21,<0.22"]\n[dependency-groups]\ndev = ["dstack==0.21.*", "dstack-other==1", "dstack==0.20.1; python_version < \'3.9\'"]',
    );
    expect(chooseDstack({ ...nothing, pyproject })).toMatchObject({
      version: null,
      constraints: ['dstack>=0.21,<0.22', 'dstack==0.21.*', "dstack==0.20.1; python_version < '3.9'"],
    });
  });

  test('is the commit that uv.lock names, and none where it names several versions', () => {
    const git = toml(
      '[[package]]\nname = "dstack"\nversion = "0.22.5"\nsource = { git = "https://git.test/dstack?rev=main#abc123" }',
    );
    expect(chooseDstack({ ...nothing, lock: git }).requirement).toBe(
      'dstack @ git+https://git.test/dstack@abc123',
    );
    const two = toml(
      '[[package]]\nname = "dstack"\nversion = "1"\n[[package]]\nname = "dstack"\nversion = "2"',
    );
    expect(chooseDstack({ ...nothing, lock: two }).requirement).toBe('dstack');
  });

  test.each([
    ['0.22.5', 'dstack==0.22.5'],
    ['==0.22.5', 'dstack==0.22.5'],
    ['v0.22.5', 'dstack==0.22.5'],
    ['dstack==0.22.5', 'dstack==0.22.5'],
    ['0.23.0rc1', 'dstack==0.23.0rc1'],
    ['>=0.21,<0.22', 'dstack>=0.21,<0.22'],
    ['dstack[server]>=0.21', 'dstack[server]>=0.21'],
    ['dstack @ git+https://git.test/dstack@main', 'dstack @ git+https://git.test/dstack@main'],
    ['git+https://git.test/dstack', 'dstack @ git+https://git.test/dstack'],
    ['./dist/dstack-0.22.5-py3-none-any.whl', 'dstack @ file:///p/dist/dstack-0.22.5-py3-none-any.whl'],
  ])('may be asked for as %s', (flag, requirement) => {
    expect(chooseDstack({ ...nothing, flag }).requirement).toBe(requirement);
  });

  test.each(['banana', '', '--index-url=x', '0.22.5 --pre', 'dstackx==1'])(
    'may not be asked for as %j',
    (flag) => {
      expect(() => chooseDstack({ ...nothing, flag })).toThrow(
        expect.objectContaining({ code: 'invalid-dstack', exitCode: 2 }),
      );
    },
  );
});

describe('poetry’s versions', () => {
  test.each([
    ['^0.22.1', '>=0.22.1,<0.23'],
    ['^1.2.3', '>=1.2.3,<2'],
    ['^0.0.3', '>=0.0.3,<0.0.4'],
    ['^0', '>=0,<1'],
    ['~0.22', '>=0.22,<0.23'],
    ['~0.22.5', '>=0.22.5,<0.23'],
    ['~1', '>=1,<2'],
    ['0.22.5', '==0.22.5'],
    ['0.22.*', '==0.22.*'],
    ['>=0.21, <0.23', '>=0.21,<0.23'],
    ['~=0.22.1', '~=0.22.1'],
    ['*', null],
    ['^3.9 || ^4.0', null],
  ])('%s mean %s', (poetry, pep440) => {
    expect(fromPoetry(poetry)).toBe(pep440);
  });

  test('limit Python too, as the other files do', () => {
    expect(
      requiredPython({ pyproject: toml('[tool.poetry.dependencies]\npython = "^3.10"'), texts: {} }),
    ).toBe('>=3.10,<4');
    expect(
      requiredPython({ pyproject: toml('[project]\nrequires-python = ">= 3.11, < 3.13"'), texts: {} }),
    ).toBe('>=3.11,<3.13');
    expect(
      requiredPython({ pyproject: null, texts: { 'setup.cfg': '[options]\npython_requires = >=3.12\n' } }),
    ).toBe('>=3.12');
    expect(
      requiredPython({ pyproject: null, texts: { 'setup.py': 'setup(python_requires=">=3.12")' } }),
    ).toBe('>=3.12');
    expect(requiredPython({ pyproject: null, texts: {} })).toBeNull();
  });
});

test.each([
  ['dstack', 'dstack[server]'],
  ['dstack==0.22.5', 'dstack[server]==0.22.5'],
  ['dstack[aws, server]>=0.21,<0.22', 'dstack[aws,server]>=0.21,<0.22'],
  ['dstack @ git+https://example.org/dstack', 'dstack[server]@ git+https://example.org/dstack'],
])('%s comes with the server as well, where its checks are asked for', (requirement, expected) => {
  expect(withExtra(requirement, 'server')).toBe(expected);
});
