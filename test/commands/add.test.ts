import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import schema from '../../schemas/scaffold-1.json' with { type: 'json' };
import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { toolVersion } from '../../src/version.ts';
import { emptyFolder, type Ran, run, treeOf } from '../executable.ts';
import { answersFor } from '../scaffold/choices.ts';
import { generate } from '../scaffold/generate.ts';

/** A project of this tool's own. */
function project(policies: readonly string[] = [], more: Partial<Answers> = {}): string {
  const at = join(emptyFolder(), 'guard');
  const named = { name: 'guard', module: 'guard', tool: toolVersion };
  generate({ ...answersFor(policies), ...named, ...more }, at);
  return at;
}

/** Somebody else's plugin. */
function foreign(): string {
  const folder = emptyFolder();
  cpSync(fileURLToPath(new URL('../fixtures/example-plugin', import.meta.url)), folder, { recursive: true });
  return folder;
}

const add = (cwd: string, ...args: readonly string[]): Promise<Ran> => run(['add', ...args], { cwd });
const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');
const contents = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    treeOf(folder)
      .filter((path) => !path.endsWith('/'))
      .map((path) => [path, read(folder, path)]),
  );

function edit(folder: string, path: string, change: (text: string) => string): void {
  const before = read(folder, path);
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, path), after);
}

describe('a project of its own', () => {
  it('is the same whether a policy is chosen at first or added later', async () => {
    const at = project(['no-privileged']);
    for (const names of [['max-price,gpu-limit'], ['required-tags', 'no-gateways']]) {
      expect((await add(at, 'policy', ...names)).stderr).toBe('');
    }
    const all = ['no-privileged', 'max-price', 'gpu-limit', 'required-tags', 'no-gateways'];
    expect(contents(at)).toEqual(contents(project(all)));
  });

  it.each([
    ['rest', 'python'],
    ['rest', 'typescript'],
    ['rest', 'go'],
  ] as const)('also where it is a %s plugin in %s', async (kind, language) => {
    const at = project([], { kind, language });
    expect((await add(at, 'policy', 'all')).stderr).toBe('');
    const all = catalogue.map(({ name }) => name);
    expect(contents(at)).toEqual(contents(project(all, { kind, language })));
  });

  it('is the same whether a part is chosen at first or added later', async () => {
    const at = project();
    for (const part of ['compose', 'gitlab-ci', 'pre-commit']) expect((await add(at, part)).code).toBe(0);
    const folder = emptyFolder();
    const flags = ['--name', 'guard', '--no-author', '--no-git', '--policies', 'none'];
    const parts = ['--with', 'gitlab-ci,pre-commit', '--with', 'compose'];
    expect((await run(['x', ...flags, ...parts], { cwd: folder })).code).toBe(0);
    expect(contents(at)).toEqual(contents(join(folder, 'x')));
  });

  it('adding twice changes nothing, and says so', async () => {
    const at = project();
    for (const args of [
      ['policy', 'max-price'],
      ['policy', '--empty', 'idle'],
      ['docker'],
      ['sample', '--kind', 'task'],
    ]) {
      expect((await add(at, ...args)).code).toBe(0);
      const before = contents(at);
      const second = await add(at, ...args);
      expect([second.code, second.stderr, contents(at)]).toEqual([0, '', before]);
      expect(second.stdout).toContain('Nothing to do: guard has ');
    }
  });

  it('keeps what its author has written in the files that get something new', async () => {
    const at = project(['max-price']);
    edit(
      at,
      'src/guard/__init__.py',
      (text) =>
        `${text.replace('MaxPrice(settings),', 'MaxPrice(settings),\n            Mine(),  # ours')}\n\n# the end\n`,
    );
    edit(at, 'src/guard/settings.py', (text) => text.replace('default=10.0', 'default=20.0'));
    edit(at, 'README.md', (text) => `${text}\nOurs.\n`);
    edit(at, 'pyproject.toml', (text) => text.replace('version = "0.1.0"', 'version = "0.2.0"  # ours'));
    edit(at, 'samples/train.expected.yml', (text) => `# ours\n${text}`);
    const { code, stderr, stdout } = await add(at, 'policy', 'max-duration');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('pyproject.toml');
    expect(read(at, 'src/guard/__init__.py')).toContain(
      '            Mine(),  # ours\n            MaxDuration(settings),\n        ]',
    );
    expect(read(at, 'src/guard/__init__.py')).toContain('\n# the end\n');
    expect(read(at, 'src/guard/settings.py')).toContain('default=20.0');
    expect(read(at, 'src/guard/settings.py')).toContain('max_duration_hours: int');
    expect(read(at, 'README.md')).toMatch(/\| `max-duration` \|[\s\S]*\nOurs\.\n$/);
    expect(read(at, 'samples/train.expected.yml')).toMatch(/^# ours\n/);
    // What was edited still counts as edited.
    expect((await add(at, 'policy', 'gpu-limit')).code).toBe(0);
    expect(read(at, 'src/guard/__init__.py')).toContain(
      '            MaxDuration(settings),\n            GpuLimit(settings),\n',
    );
    expect(read(at, 'src/guard/settings.py')).toContain('default=20.0');
  });

  it('with line ends of Windows keeps them', async () => {
    const at = project(['no-privileged']);
    edit(at, 'src/guard/__init__.py', (text) => text.replaceAll('\n', '\r\n'));
    expect((await add(at, 'policy', 'https-services')).code).toBe(0);
    expect(read(at, 'src/guard/__init__.py')).toMatch(/HttpsServices\(\),\r\n/);
    expect(read(at, 'src/guard/__init__.py')).not.toMatch(/[^\r]\n/);
  });

  it('what is edited where something new belongs is said, with exit 2, and the rest is written', async () => {
    const at = project(['max-price']);
    edit(at, 'src/guard/__init__.py', (text) =>
      text.replace('return self._policies', 'return list(self._policies)'),
    );
    const { code, stderr } = await add(at, 'policy', 'max-duration');
    expect(code).toBe(2);
    expect(stderr).toContain("src/guard/__init__.py doesn't list its policies in a way");
    expect(stderr).toContain('from .policies.max_duration import MaxDuration\n');
    expect(stderr).toContain('MaxDuration(load_settings())\n');
    expect(read(at, 'src/guard/policies/max_duration.py')).not.toBe('');
    expect(read(at, 'src/guard/__init__.py')).not.toContain('MaxDuration');
  });
});

describe('somebody else’s project', () => {
  it('gets policies in the list of its plugin, with samples and tests of their own', async () => {
    const at = foreign();
    const before = contents(at);
    const { code, stderr } = await add(at, 'policy', 'max-price');
    expect([code, stderr]).toEqual([0, '']);
    const plugin = read(at, 'src/example_plugin/__init__.py');
    expect(plugin).toContain('return [HouseRules(), MaxPrice(self._settings)]');
    for (const [path, text] of Object.entries(before)) {
      if (path !== 'src/example_plugin/__init__.py') expect(read(at, path), path).toBe(text);
    }
    expect(treeOf(at)).toEqual(
      expect.arrayContaining(['samples/no-price.expected.yml', 'tests/policies/test_max_price.py']),
    );
    // The second one finds the settings of the first.
    expect((await add(at, 'policy', 'gpu-limit')).stderr).toBe('');
    expect(read(at, 'src/example_plugin/settings.py')).toMatch(/max_price: float[\s\S]*max_gpus: int/);
  });

  it('keeps its own settings: a file in the way is named, and nothing is written', async () => {
    const at = foreign();
    writeFileSync(join(at, 'src/example_plugin/settings.py'), 'OURS = True\n');
    const before = contents(at);
    const { code, stderr } = await add(at, 'policy', 'max-price');
    expect(code).toBe(2);
    expect(stderr).toContain('src/example_plugin/settings.py: another file is there');
    expect(contents(at)).toEqual(before);
  });

  it('keeps the jobs and hooks that it has', async () => {
    const at = foreign();
    writeFileSync(join(at, '.gitlab-ci.yml'), '# ours\nbuild:\n  script: [make]  # all\n');
    writeFileSync(
      join(at, '.pre-commit-config.yaml'),
      'repos:\n- repo: https://x.example/y\n  rev: v1\n  hooks:\n  - id: z\n',
    );
    for (const part of ['gitlab-ci', 'pre-commit']) expect((await add(at, part)).stderr).toBe('');
    expect(read(at, '.gitlab-ci.yml')).toMatch(
      /^# ours\nbuild:\n {2}script: \[ ?make ?\] # all\n[\s\S]*\nreplay:\n/,
    );
    expect(read(at, '.pre-commit-config.yaml')).toMatch(/- id: z\n[\s\S]*- id: replay-samples\n/);
  });

  it('that is one file can’t have policies in files of their own', async () => {
    const at = foreign();
    cpSync(join(at, 'src/example_plugin/__init__.py'), join(at, 'src/one.py'));
    rmSync(join(at, 'src/example_plugin'), { recursive: true });
    edit(at, 'pyproject.toml', (text) => text.replaceAll('example_plugin', 'one'));
    const { code, stderr } = await add(at, 'policy', 'max-price');
    expect(code).toBe(2);
    expect(stderr).toContain('one/__init__.py');
  });
});

describe('samples', () => {
  it('of a configuration that is there, byte for byte, and with a word about its values', async () => {
    const at = project();
    const other = join(at, '../llm');
    mkdirSync(other);
    const text = 'type: task   # odd\nenv:\n  TOKEN: geheim-geheim\ncommands: [x]\n';
    writeFileSync(join(other, '.dstack.yml'), text);
    const { code, stdout } = await add(at, 'sample', '../llm/.dstack.yml');
    expect(code).toBe(0);
    expect(read(at, 'samples/llm.dstack.yml')).toBe(text);
    expect(stdout.replace(/\s+/g, ' ')).toContain('take out what is secret before you commit it');
    writeFileSync(join(other, 'no.yml'), 'a: 1\n');
    const wrong = await add(at, 'sample', '../llm/no.yml');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('it has no `type`')]);
  });

  it('of each kind', async () => {
    const at = project();
    for (const kind of ['task', 'service', 'dev-environment', 'fleet', 'volume', 'gateway']) {
      expect((await add(at, 'sample', '--kind', kind, '--name', `a-${kind}`)).stderr).toBe('');
      expect(read(at, `samples/a-${kind}.dstack.yml`)).toContain(`type: ${kind}\nname: a-${kind}\n`);
    }
  });

  const submitted = (name: string, user: string, at: string, more: object = {}) => ({
    id: name,
    user,
    project_name: 'research',
    submitted_at: at,
    run_spec: {
      run_name: name,
      configuration: {
        type: 'task',
        name: null,
        commands: ['train'],
        env: { TOKEN: 'geheim-geheim' },
        registry_auth: { username: 'bot', password: 'passwort1' },
        ...more,
      },
      ssh_key_pub: `ssh-rsa ${name}`,
    },
  });

  it('of the runs of a server: once each, secrets masked, in the contexts that they came from', async () => {
    const at = project();
    const runs = [
      submitted('late', 'alice', '2026-03-01', { commands: ['echo geheim-geheim'] }),
      submitted('second', 'bob', '2026-02-01'),
      submitted('first', 'alice', '2026-01-01'),
    ];
    writeFileSync(join(at, 'runs.json'), JSON.stringify({ project: 'research', runs }));
    const { code, stdout } = await add(at, 'sample', '--from', 'runs.json');
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain("have passed the server's policies already");
    const made = treeOf(join(at, 'samples')).filter((path) => /^(first|second|late)/.test(path));
    expect(made).toEqual(['first.expected.yml', 'first.spec.json', 'late.expected.yml', 'late.spec.json']);
    expect(read(at, 'samples/first.expected.yml')).toBe('- as: [alice@research, bob@research]\n');
    for (const file of made) expect(read(at, `samples/${file}`)).not.toMatch(/geheim|passwort1|bot/);
    expect(JSON.parse(read(at, 'samples/late.spec.json'))).toMatchObject({
      configuration: { commands: ['echo ***'], env: { TOKEN: '***' } },
    });
    const before = contents(at);
    expect((await add(at, 'sample', '--from', 'runs.json')).stdout).toContain('Nothing to do');
    expect(contents(at)).toEqual(before);
  });

  it.each([['{}'], ['nonsense'], ['{"runs": []}'], ['{"runs": [{"id": 1}]}']])(
    'of a file that holds no runs: %s',
    async (text) => {
      const at = project();
      writeFileSync(join(at, 'runs.json'), text);
      const { code, stderr } = await add(at, 'sample', '--from', 'runs.json');
      expect(code).toBe(2);
      expect(stderr).toContain('dstack ps -a --json > runs.json');
    },
  );
});

describe('the command line', () => {
  it.each([
    [[], 'pre-commit '],
    [['polcy'], 'Did you mean policy?'],
    [['max-price'], 'add policy max-price'],
    [['policy'], 'no-gateways'],
    [['policy', 'max-prise'], 'Did you mean max-price?'],
    [['policy', 'my-rule'], '--empty my-rule'],
    [['policy', '--empty', 'Ä b'], '--empty idle-gpus'],
    [['policy', '--empty', 'max-price'], 'add policy max-price'],
    [['docker', 'x'], 'takes no names'],
    [['docker', '--kind', 'task'], 'It is for: sample'],
    [['sample'], '--from runs.json'],
    [['sample', '--kind', 'tasc'], 'Did you mean task?'],
    [['sample', '--kind', 'task', '--from', 'x'], 'one of them at a time'],
    [['sample', 'missing.yml'], "can't be read"],
    [['sample', '--kind', 'task', '--name', '../x'], '--name x'],
    [['docker', '--on-conflict', 'bakup'], 'Did you mean backup?'],
  ] as const)('%s ends with 2 and what to do', async (args, said) => {
    const at = project();
    const before = contents(at);
    const { code, stdout, stderr } = await add(at, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
    expect(contents(at)).toEqual(before);
  });

  it('a folder without a plugin is no place to add to', async () => {
    const { code, stderr } = await add(emptyFolder(), 'docker');
    expect(code).toBe(3);
    expect(stderr).toContain('There is no dstack plugin in');
  });

  it('a dry run and a diff write nothing; the diff is a patch that does the same', async () => {
    const at = project();
    const before = contents(at);
    expect((await add(at, 'policy', 'max-price', '--dry-run')).stdout).toMatch(
      /update {2}src\/guard\/__init__\.py/,
    );
    const { stdout } = await add(at, 'policy', 'max-price', '--diff');
    expect(stdout).toContain('+            MaxPrice(settings),');
    expect(contents(at)).toEqual(before);
  });

  it('--json reports what was done and what is left, as its schema says', async () => {
    const at = project();
    edit(at, 'src/guard/__init__.py', (text) => text.replace('return []', 'return list(())'));
    const { code, stdout } = await add(at, 'policy', 'no-privileged', '--json');
    const report = JSON.parse(stdout);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect([code, report.exitCode, report.command, report.written]).toEqual([2, 2, 'add', true]);
    expect(report.byHand).toMatchObject([{ path: 'src/guard/__init__.py' }]);
  });

  it('works from a folder within the project, and says where to go on', async () => {
    const at = project();
    const { code, stdout } = await run(['add', 'docker'], { cwd: join(at, 'samples') });
    expect(code).toBe(0);
    expect(stdout).toContain('  cd ..\n');
    expect(read(at, 'Dockerfile')).not.toBe('');
  });
});
