import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Answers } from '../../src/scaffold/answers.ts';
import { findTarget } from '../../src/target/find.ts';
import { toolVersion } from '../../src/version.ts';
import { emptyFolder, type Ran, run, treeOf } from '../executable.ts';
import { answersFor } from '../scaffold/choices.ts';
import { generate } from '../scaffold/generate.ts';

function project(policies: readonly string[] = [], more: Partial<Answers> = {}): string {
  const at = join(emptyFolder(), 'guard');
  generate({ ...answersFor(policies), name: 'guard', module: 'guard', tool: toolVersion, ...more }, at);
  return at;
}

/** Somebody else's plugin, with its samples in some folder, each with an expectation. */
function foreign(samples = 'samples'): string {
  const at = emptyFolder();
  cpSync(fileURLToPath(new URL('../fixtures/example-plugin', import.meta.url)), at, { recursive: true });
  put(at, 'samples/privileged.expected.yml', '- as: admin@main\n  outcome: rejected\n  message: "no"\n');
  if (samples !== 'samples') {
    mkdirSync(dirname(join(at, samples)), { recursive: true });
    renameSync(join(at, 'samples'), join(at, samples));
  }
  return at;
}

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const add = (cwd: string, ...args: readonly string[]): Promise<Ran> => run(['add', ...args], { cwd });
const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');
const flat = (text: string): string => text.replace(/\s+/g, ' ');

describe('a plugin service that serves a package', () => {
  it('is a plugin of its own in its folder, and no part of the package beside it', async () => {
    const at = project(['no-privileged']);
    const added = await add(join(at, 'src'), 'rest');
    expect(added.stderr).toBe('');
    expect(added.stdout).toMatch(/\n {2}cd \.\.\/rest\n {2}npx create-dstack-plugin@\S+ test\n$/);
    expect(findTarget(join(at, 'rest/src'))).toMatchObject({ kind: 'rest', root: join(at, 'rest') });
    expect(findTarget(at)).toMatchObject({ kind: 'package', root: at });
    const { code, stderr } = await add(join(at, 'rest'), 'rest');
    expect(code).toBe(2);
    expect(flat(stderr)).toContain(
      'rest is for plugins of the kind package, and guard-rest is of the kind rest',
    );
    const policy = await add(join(at, 'rest'), 'policy', 'max-price');
    expect(policy.code).toBe(2);
    expect(flat(policy.stderr)).toContain('it serves those of the package in the folder above');
  });

  it('gets the samples of what is added to the package later, and what is changed in them', async () => {
    const at = project(['no-privileged']);
    expect((await add(at, 'rest')).code).toBe(0);
    expect((await add(at, 'policy', 'max-price')).stderr).toBe('');
    expect((await add(at, 'policy', '--empty', 'idle')).stderr).toBe('');
    expect((await add(at, 'sample', '--kind', 'task')).stderr).toBe('');
    const served = treeOf(join(at, 'rest/samples'));
    expect(served).toEqual(treeOf(join(at, 'samples')));
    expect(served).toEqual(expect.arrayContaining(['no-price.dstack.yml', 'idle.expected.yml']));
    expect(served).toContain('my-task.dstack.yml');
    expect(read(at, 'rest/samples/no-price.expected.yml')).toBe(read(at, 'samples/no-price.expected.yml'));
  });

  it('keeps copies that were edited, and those that were removed out', async () => {
    const at = project(['no-privileged'], { parts: ['rest'] });
    rmSync(join(at, 'rest/samples/gateway.dstack.yml'));
    appendFileSync(join(at, 'rest/samples/docker-in-docker.expected.yml'), '# ours\n');
    appendFileSync(join(at, 'samples/docker-in-docker.expected.yml'), '# theirs\n');
    const { code, stdout } = await add(at, 'rest');
    expect(code).toBe(0);
    expect(flat(stdout)).toContain(
      'rest/samples/docker-in-docker.expected.yml was edited, so it stays as it is',
    );
    expect(existsSync(join(at, 'rest/samples/gateway.dstack.yml'))).toBe(false);
    expect(read(at, 'rest/samples/docker-in-docker.expected.yml')).toMatch(/\n# ours\n$/);
    // Said once.
    expect((await add(at, 'rest')).stdout).toBe('Nothing to do: guard has rest already.\n');
  });

  it('leaves out and names an expectation that can’t be carried over', async () => {
    const at = foreign();
    put(at, 'samples/train.expected.yml', '- as: admin@main\n  outcome: rejected\n  message: ""\n');
    const { code, stdout } = await add(at, 'rest');
    expect(code).toBe(0);
    expect(flat(stdout)).toContain(
      "What samples/train.expected.yml expects can't be said of a plugin service",
    );
    expect(existsSync(join(at, 'rest/samples/train.dstack.yml'))).toBe(true);
    expect(existsSync(join(at, 'rest/samples/train.expected.yml'))).toBe(false);
    expect(read(at, 'rest/samples/privileged.expected.yml')).toContain('"Apply request rejected: no"');
  });

  it('takes over what the package’s configuration says of its samples, and the Pythons that it is for', async () => {
    const at = foreign();
    put(
      at,
      'dstack-plugin.yml',
      'dstack: "0.21.5"\nreplay_as: [alice@research]\nenv: {TOKEN: x}\nsamples: samples\n',
    );
    put(at, '.dstack/profiles.yml', 'profiles: []\n');
    put(at, 'pyproject.toml', read(at, 'pyproject.toml').replace('>=3.10', '>=3.12'));
    expect((await add(at, 'rest')).stderr).toBe('');
    expect(read(at, 'rest/dstack-plugin.yml')).toMatch(/^dstack: \["0\.21\.5"\]$/m);
    expect(read(at, 'rest/dstack-plugin.yml')).toMatch(/^replay_as: \["alice@research"\]$/m);
    expect(read(at, 'rest/dstack-plugin.yml')).toMatch(/^env: \{"TOKEN": x\}$/m);
    expect(read(at, 'rest/.dstack/profiles.yml')).toBe('profiles: []\n');
    expect(read(at, 'rest/pyproject.toml')).toContain('requires-python = ">=3.12"');
    expect(read(at, 'rest/.python-version')).toBe('3.12\n');
    expect(read(at, 'rest/Dockerfile')).toContain('FROM python:3.12-slim');
  });
});

describe('where somebody else’s project keeps its samples elsewhere', () => {
  it.each([
    [null, 'examples/gpu'],
    ['# ours\n', 'examples'],
    ['timeout: 5 # ours', 'examples'],
  ])(
    'its configuration names their folder, so that the copies are none of it: %j, %s',
    async (configuration, folder) => {
      const at = foreign(folder);
      if (configuration !== null) put(at, 'dstack-plugin.yml', configuration);
      expect((await add(at, 'rest')).stderr).toBe('');
      expect(read(at, 'dstack-plugin.yml').startsWith(configuration ?? '# Not all')).toBe(true);
      expect(read(at, 'dstack-plugin.yml')).toMatch(new RegExp(`\nsamples: "${folder}"\n$`));
      expect(treeOf(join(at, 'rest/samples'))).toEqual(treeOf(join(at, folder)));
      expect((await add(at, 'rest')).stdout).toContain('Nothing to do');
    },
  );

  it('it is said by hand where the configuration can’t be added to', async () => {
    const at = foreign('examples');
    put(at, 'dstack-plugin.yml', '{timeout: 5}\n');
    const { code, stderr } = await add(at, 'rest');
    expect(code).toBe(2);
    expect(flat(stderr)).toContain('dstack-plugin.yml has to name the folder of the samples');
    expect(stderr).toContain('samples: "examples"\n');
    expect(read(at, 'dstack-plugin.yml')).toBe('{timeout: 5}\n');
  });

  it('in no folder of their own, nothing is written', async () => {
    const at = foreign('examples');
    put(at, 'other.dstack.yml', 'type: task\ncommands: [":"]\n');
    const before = treeOf(at);
    const { code, stderr } = await add(at, 'rest');
    expect(code).toBe(2);
    expect(flat(stderr)).toContain('The samples lie in no folder of their own');
    expect(treeOf(at)).toEqual(before);
  });
});

describe('where setuptools finds the packages by itself', () => {
  const flatLayout = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';

  it.each([
    ['a folder', 'house/__init__.py', '[tool.setuptools.packages.find]\ninclude = ["house*"]\n'],
    ['a file', 'house.py', '[tool.setuptools]\npy-modules = ["house"]\n'],
  ])(
    'what keeps it from the new folder is said, with exit 2, until it is there: %s',
    async (_, file, lines) => {
      const at = emptyFolder();
      put(at, file, 'class House: ...\n');
      const pyproject = `[project]\nname = "house"\nversion = "1"\n[project.entry-points."dstack.plugins"]\nhouse = "house:House"\n${flatLayout}`;
      put(at, 'pyproject.toml', pyproject);
      const first = await add(at, 'rest');
      expect(first.code).toBe(2);
      for (const line of lines.trim().split('\n')) expect(first.stderr).toContain(`    ${line}\n`);
      expect(existsSync(join(at, 'rest/pyproject.toml'))).toBe(true);
      put(at, 'pyproject.toml', pyproject + lines);
      expect((await add(at, 'rest')).stderr).toBe('');
    },
  );
});
