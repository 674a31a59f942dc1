import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectationNameOf } from '../../src/replay/sample-names.ts';
import { findObsolete, selectSamples } from '../../src/replay/samples.ts';

let base: string;
let root: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'samples-')));
  root = join(base, 'project');
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}

interface Choice {
  readonly configured?: string | null;
  readonly cwd?: string;
}

async function paths(
  args: readonly string[] = [],
  { configured = null, cwd = root }: Choice = {},
): Promise<readonly string[]> {
  return (await selectSamples({ root, cwd, configured, args })).map(({ path }) => path);
}

async function failure(args: readonly string[] = [], choice: Choice = {}): Promise<unknown> {
  return await paths(args, choice).then(
    (found) => found,
    (error: unknown) => error,
  );
}

describe('without arguments', () => {
  it('everything in the folder samples is taken, in the order of code units', async () => {
    write(
      'samples/b.dstack.yml',
      'samples/B.dstack.yaml',
      'samples/a/x.dstack.yml',
      'samples/.dstack.yml',
      'samples/é.dstack.yml',
      'samples/x.spec.json',
    );
    write(
      'samples/a.expected.yml',
      'samples/profiles.yml',
      'samples/other.json',
      'other.dstack.yml',
      'samples/node_modules/y.dstack.yml',
    );
    expect(await paths()).toEqual([
      'samples/.dstack.yml',
      'samples/B.dstack.yaml',
      'samples/a/x.dstack.yml',
      'samples/b.dstack.yml',
      'samples/x.spec.json',
      'samples/é.dstack.yml',
    ]);
  });

  it('a sample knows its file and its expectation', async () => {
    write('samples/gpu/train.dstack.yml');
    expect(await selectSamples({ root, cwd: root, configured: null, args: [] })).toEqual([
      {
        path: 'samples/gpu/train.dstack.yml',
        file: join(root, 'samples/gpu/train.dstack.yml'),
        expectationPath: 'samples/gpu/train.expected.yml',
        expectationFile: join(root, 'samples/gpu/train.expected.yml'),
      },
    ]);
  });

  it('the configured folder is taken instead', async () => {
    write('samples/a.dstack.yml', 'specs/b.dstack.yml');
    expect(await paths([], { configured: 'specs' })).toEqual(['specs/b.dstack.yml']);
    expect(await paths([], { configured: './specs/' })).toEqual(['specs/b.dstack.yml']);
    expect(await paths([], { configured: join(root, 'specs') })).toEqual(['specs/b.dstack.yml']);
    expect(await paths([], { configured: '.' })).toEqual(['samples/a.dstack.yml', 'specs/b.dstack.yml']);
  });

  it('the whole project is taken where there is no such folder, but for what tools made', async () => {
    write(
      '.dstack.yml',
      'ci/a.dstack.yml',
      '.venv/b.dstack.yml',
      'node_modules/c.dstack.yml',
      'build/d.dstack.yml',
      'env/pyvenv.cfg',
      'env/e.dstack.yml',
    );
    expect(await paths()).toEqual(['.dstack.yml', 'ci/a.dstack.yml']);
  });

  it('what git ignores is left out of the whole project, and what it does not know yet is taken', async () => {
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: root });
    write(
      'a.dstack.yml',
      'ignored/b.dstack.yml',
      'gone.dstack.yml',
      'new.dstack.yml',
      'build/c.dstack.yml',
      '.venv/d.dstack.yml',
      'ü\n.dstack.yml',
    );
    git('init', '-q');
    writeFileSync(join(root, '.gitignore'), 'ignored/\n');
    git('add', 'a.dstack.yml', 'gone.dstack.yml');
    rmSync(join(root, 'gone.dstack.yml'));
    expect(await paths()).toEqual(['a.dstack.yml', 'build/c.dstack.yml', 'new.dstack.yml', 'ü\n.dstack.yml']);
  });

  it('a project that lies in an ignored folder of a repository is searched all the same', async () => {
    execFileSync('git', ['init', '-q'], { cwd: base });
    writeFileSync(join(base, '.gitignore'), 'project/\n');
    write('a.dstack.yml', 'dist/b.dstack.yml');
    expect(await paths()).toEqual(['a.dstack.yml']);
  });

  it('folders behind links are entered within the project, once, and never outside it', async () => {
    write('samples/real/a.dstack.yml', 'shared/b.dstack.yml');
    mkdirSync(join(base, 'outside'));
    writeFileSync(join(base, 'outside', 'c.dstack.yml'), '');
    symlinkSync(join(base, 'outside'), join(root, 'samples', 'outside'));
    symlinkSync(join(root, 'shared'), join(root, 'samples', 'shared'));
    symlinkSync(join(root, 'samples', 'real'), join(root, 'samples', 'a-link'));
    symlinkSync(join(root, 'samples'), join(root, 'samples', 'real', 'loop'));
    symlinkSync(join(base, 'outside', 'c.dstack.yml'), join(root, 'samples', 'file.dstack.yml'));
    symlinkSync(join(base, 'nowhere'), join(root, 'samples', 'broken.dstack.yml'));
    expect(await paths()).toEqual([
      'samples/broken.dstack.yml',
      'samples/file.dstack.yml',
      'samples/real/a.dstack.yml',
      'samples/shared/b.dstack.yml',
    ]);
  });
});

describe('with arguments', () => {
  beforeEach(() => {
    write(
      'samples/train.dstack.yml',
      'samples/gpu/train-big.dstack.yml',
      'samples/gpu/serve.dstack.yaml',
      'own/task.yml',
    );
  });

  it('a file is a sample wherever it lies and whatever its name', async () => {
    writeFileSync(join(base, 'elsewhere'), '');
    expect(await paths(['own/task.yml'])).toEqual(['own/task.yml']);
    expect(
      await paths(['../elsewhere', './samples/train.dstack.yml', join(root, 'samples/train.dstack.yml')]),
    ).toEqual(['../elsewhere', 'samples/train.dstack.yml']);
    expect(await paths(['../own/task.yml'], { cwd: join(root, 'samples') })).toEqual(['own/task.yml']);
    const [sample] = await selectSamples({ root, cwd: base, configured: null, args: ['elsewhere'] });
    expect(sample).toEqual({
      path: '../elsewhere',
      file: join(base, 'elsewhere'),
      expectationPath: '../elsewhere.expected.yml',
      expectationFile: join(base, 'elsewhere.expected.yml'),
    });
  });

  it('a word is looked for anywhere in the path', async () => {
    expect(await paths(['train'])).toEqual(['samples/gpu/train-big.dstack.yml', 'samples/train.dstack.yml']);
    expect(await paths(['serve', 'big'])).toEqual([
      'samples/gpu/serve.dstack.yaml',
      'samples/gpu/train-big.dstack.yml',
    ]);
    expect(await paths(['./samples/gpu'])).toHaveLength(2);
    expect(await paths(['serve', 'own/task.yml'])).toEqual(['own/task.yml', 'samples/gpu/serve.dstack.yaml']);
  });

  it('a folder takes all below it, from where one stands', async () => {
    expect(await paths(['gpu/'], { cwd: join(root, 'samples') })).toHaveLength(2);
    expect(await paths(['.'], { cwd: join(root, 'samples', 'gpu') })).toHaveLength(2);
    expect(await paths(['../gpu'], { cwd: join(root, 'samples', 'gpu') })).toHaveLength(2);
  });

  it('a pattern is held against the end of the path', async () => {
    expect(await paths(['train*'])).toEqual(['samples/gpu/train-big.dstack.yml', 'samples/train.dstack.yml']);
    expect(await paths(['samples/*.yml'])).toEqual(['samples/train.dstack.yml']);
    expect(await paths(['samples/**/*.y?ml'])).toEqual(['samples/gpu/serve.dstack.yaml']);
    expect(await paths(['gpu/**'])).toHaveLength(2);
    expect(await paths(['**/train.dstack.yml'])).toEqual(['samples/train.dstack.yml']);
  });

  it('each filter has to match, and the nearest samples are named', async () => {
    expect(await failure(['serve', 'trian'])).toMatchObject({
      code: 'no-sample-matches',
      exitCode: 2,
      message: expect.stringContaining(
        'No sample matches "trian", and there is no such file. Nearest are samples/train.dstack.yml',
      ),
      hint: 'create-dstack-plugin test samples/train.dstack.yml',
    });
    expect(await failure([''])).toMatchObject({ code: 'no-sample-matches' });
    expect(await failure(['sa(mples'])).toMatchObject({ code: 'no-sample-matches' });
    expect(await failure(['t[*'])).toMatchObject({ code: 'no-sample-matches' });
  });

  it('an expectation is no sample', async () => {
    write('samples/train.expected.yml');
    expect(await failure(['samples/train.expected.yml'])).toMatchObject({
      code: 'not-a-sample',
      exitCode: 2,
      hint: 'create-dstack-plugin test samples/train.dstack.yml',
    });
  });
});

describe('samples that can not be chosen', () => {
  it('are none at all, with a command that writes one', async () => {
    expect(await failure()).toMatchObject({
      code: 'no-samples',
      exitCode: 2,
      message: 'There are no samples in this project: no file is named NAME.dstack.yml.',
      hint: expect.stringContaining('> samples/first.dstack.yml'),
    });
    write('specs/task.yml');
    expect(await failure(['x'], { configured: 'specs' })).toMatchObject({
      code: 'no-samples',
      message:
        'There are no samples in specs: no file is named NAME.dstack.yml (specs/task.yml has another name).',
    });
  });

  it('lie outside the project', async () => {
    const sentence = { code: 'samples-outside-project', exitCode: 2 };
    expect(await failure([], { configured: '..' })).toMatchObject(sentence);
    expect(await failure([], { configured: base })).toMatchObject(sentence);
    mkdirSync(join(base, 'outside'));
    symlinkSync(join(base, 'outside'), join(root, 'samples'));
    expect(await failure()).toMatchObject(sentence);
  });

  it('are in a folder that is not there', async () => {
    write('file');
    expect(await failure([], { configured: 'nowhere' })).toMatchObject({
      code: 'no-samples-folder',
      exitCode: 2,
    });
    expect(await failure([], { configured: 'file' })).toMatchObject({
      code: 'no-samples-folder',
      exitCode: 2,
    });
  });

  it('would share an expectation, whether or not both are asked for', async () => {
    write('samples/x.dstack.yml', 'samples/x.dstack.yaml', 'samples/y.dstack.yml', 'y.yml', 'samples/y.yml');
    const sentence = { code: 'shared-expectation', exitCode: 2 };
    expect(await failure()).toMatchObject(sentence);
    expect(await failure(['samples/x.dstack.yml'])).toMatchObject({
      ...sentence,
      message: 'samples/x.dstack.yml and x.dstack.yaml would share the expectation samples/x.expected.yml.',
    });
    expect(await failure(['samples/y.yml'])).toMatchObject(sentence);
    expect(await paths(['y.yml', 'y.dstack'])).toEqual(['samples/y.dstack.yml', 'y.yml']);
    write('.dstack.yml', '.dstack.yaml');
    expect(await failure(['.dstack.yml'])).toMatchObject(sentence);
  });
});

it.each([
  ['train.dstack.yml', 'train.expected.yml'],
  ['train.dstack.yaml', 'train.expected.yml'],
  ['.dstack.yml', '.expected.yml'],
  ['train.spec.json', 'train.expected.yml'],
  ['train.yml', 'train.expected.yml'],
  ['a.b.yml', 'a.b.expected.yml'],
  ['train', 'train.expected.yml'],
  ['.hidden', '.hidden.expected.yml'],
])('the expectation of %s is %s', (sample, expectation) => {
  expect(expectationNameOf(sample)).toBe(expectation);
});

describe('expectations whose sample is gone', () => {
  it('are found where samples are looked for, and nowhere else', async () => {
    write(
      'samples/a.dstack.yml',
      'samples/a.expected.yml',
      'samples/gone.expected.yml',
      'samples/.expected.yml',
      'samples/deep/old.expected.yml',
    );
    write(
      'other.expected.yml',
      'samples/named.yml',
      'samples/named.expected.yml',
      'samples/sent.spec.json',
      'samples/sent.expected.yml',
    );
    const found = await findObsolete({ root, configured: null });
    expect(found.map(({ path }) => path)).toEqual([
      'samples/.expected.yml',
      'samples/deep/old.expected.yml',
      'samples/gone.expected.yml',
    ]);
    expect(found[2]?.file).toBe(join(root, 'samples/gone.expected.yml'));
  });
});
