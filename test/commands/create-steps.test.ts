import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, executable, noGitConfiguration, run, treeOf } from '../executable.ts';
import { inTerminal, keys } from '../pty.ts';

const identity = {
  GIT_AUTHOR_NAME: 'Jo',
  GIT_AUTHOR_EMAIL: 'jo@example.com',
  GIT_COMMITTER_NAME: 'Jo',
  GIT_COMMITTER_EMAIL: 'jo@example.com',
};
const none = ['acme', '--policies', 'none'];

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env: { ...process.env, ...noGitConfiguration }, encoding: 'utf8' });
}

/** A configuration of git's for one run. */
function configuration(text: string): Readonly<Record<string, string>> {
  const file = join(emptyFolder(), 'gitconfig');
  writeFileSync(file, text);
  return { GIT_CONFIG_GLOBAL: file };
}

/** A PATH with nothing but node and the programs that are named, each a script. */
function onlyWith(programs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = emptyFolder();
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: [folder].join(delimiter) };
}

describe('git', () => {
  it('makes the project a repository whose first commit has its files, and nothing else of the folder', async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, 'acme'));
    writeFileSync(join(cwd, 'acme/secrets.env'), 'mine');
    const { code, stdout, stderr } = await run(none, { cwd, env: identity });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('It is a Git repository, with a first commit.');
    const acme = join(cwd, 'acme');
    const committed = git(acme, 'ls-files').trim().split('\n').sort();
    const there = treeOf(acme).filter((path) => !path.endsWith('/') && !path.startsWith('.git/'));
    expect([...committed, 'secrets.env'].sort()).toEqual([...there]);
    expect(git(acme, 'status', '--porcelain')).toBe('?? secrets.env\n');
    expect(git(acme, 'log', '--format=%an %s')).toMatch(/^Jo feat: start from create-dstack-plugin \d/);
  });

  it('is left alone in a folder that is in a repository already, and with --no-git', async () => {
    const cwd = emptyFolder();
    git(cwd, 'init', '--quiet');
    const { code, stdout, stderr } = await run(none, { cwd, env: identity });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('Git');
    expect(existsSync(join(cwd, 'acme/.git'))).toBe(false);
    expect(git(cwd, 'status', '--porcelain')).toBe('?? acme/\n');
    const other = emptyFolder();
    await run([...none, '--no-git'], { cwd: other, env: identity });
    expect(existsSync(join(other, 'acme/.git'))).toBe(false);
  });

  it('that runs this in a hook of another repository is not taken for that one', async () => {
    const outer = emptyFolder();
    git(outer, 'init', '--quiet');
    const cwd = emptyFolder();
    const { code } = await run(none, { cwd, env: { ...identity, GIT_DIR: join(outer, '.git') } });
    expect(code).toBe(0);
    expect(git(join(cwd, 'acme'), 'log', '--format=%an')).toBe('Jo\n');
    expect(git(outer, 'status', '--porcelain')).toBe('');
  });

  it('without an identity is a warning with the reason, and the project is there', async () => {
    const cwd = emptyFolder();
    const env = configuration('[user]\n\tuseConfigOnly = true\n');
    const { code, stdout, stderr } = await run(none, { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toContain('Created the plugin acme');
    expect(stderr).toMatch(/^warning: Git refused the first commit\.\n/);
    expect(stderr).toContain('Please tell me who you are');
    expect(stderr).toContain('staged: mend this, then git commit');
    expect(git(join(cwd, 'acme'), 'diff', '--cached', '--name-only')).toContain('pyproject.toml');
  });

  it('with a hook that fails is a warning with what the hook said', async () => {
    const cwd = emptyFolder();
    const hooks = emptyFolder();
    writeFileSync(join(hooks, 'pre-commit'), '#!/bin/sh\necho "no commits on Fridays" >&2\nexit 1\n');
    chmodSync(join(hooks, 'pre-commit'), 0o755);
    const env = { ...identity, ...configuration(`[core]\n\thooksPath = ${hooks}\n`) };
    const { code, stderr } = await run(none, { cwd, env });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: Git refused the first commit.\n  no commits on Fridays\n');
    const json = await run([...none.with(0, 'other'), '--json'], { cwd, env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      written: true,
      exitCode: 0,
      steps: [
        { step: 'install', outcome: 'skipped', because: 'unwanted' },
        { step: 'git', outcome: 'failed', details: 'no commits on Fridays' },
      ],
    });
  });

  it('that is not there is passed over, and missed only by who asked for it', async () => {
    const cwd = emptyFolder();
    const env = onlyWith({});
    expect(await run(none, { cwd, env })).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await run([...none.with(0, 'other'), '--git'], { cwd, env });
    expect(code).toBe(3);
    expect(stderr).toContain('error: There is no git, so other is no repository. Its files are written.');
    expect(existsSync(join(cwd, 'other/pyproject.toml'))).toBe(true);
  });
});

describe('the author', () => {
  const mine = '[user]\n\tname = Jo \\"the\\" Doe\n\temail = jo@example.com\n';

  it("is who Git's configuration names, unless a flag says otherwise", async () => {
    const cwd = emptyFolder();
    const env = configuration(mine);
    const authors = async (folder: string, ...args: readonly string[]): Promise<string | undefined> => {
      const { code, stderr } = await run([folder, '--no-git', ...args], { cwd, env });
      expect([code, stderr]).toEqual([0, '']);
      const pyproject = readFileSync(join(cwd, folder, 'pyproject.toml'), 'utf8');
      return /^authors = (.*)$/m.exec(pyproject)?.[1];
    };
    expect(await authors('a')).toBe('[{ name = "Jo \\"the\\" Doe", email = "jo@example.com" }]');
    expect(await authors('b', '--author', 'Al')).toBe('[{ name = "Al" }]');
    expect(await authors('c', '--email', 'al@x.org')).toBe(
      '[{ name = "Jo \\"the\\" Doe", email = "al@x.org" }]',
    );
    expect(await authors('d', '--no-author')).toBeUndefined();
  });

  it.each([
    ['--author', 'a\nb', 'control characters'],
    ['--email', 'jo', 'no e-mail address'],
    ['--email', 'jo@example.com', '--email needs an author'],
    ['--description', '  ', 'The description is empty.'],
  ])('%s %j is refused', async (flag, value, reason) => {
    const cwd = emptyFolder();
    const { code, stderr } = await run([...none, flag, value], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
    expect(treeOf(cwd)).toEqual([]);
  });
});

describe('--install', () => {
  it('installs with the tool of the language, and its lock file is in the first commit', async () => {
    const cwd = emptyFolder();
    const env = {
      PATH: `${onlyWith({ uv: 'echo "$@" > uv.lock' })['PATH']}${delimiter}${process.env['PATH']}`,
    };
    const { code, stdout } = await run([...none, '--install'], { cwd, env: { ...identity, ...env } });
    expect(code).toBe(0);
    expect(stdout).toContain('Its dependencies are installed: uv sync.');
    expect(readFileSync(join(cwd, 'acme/uv.lock'), 'utf8')).toBe('sync\n');
    expect(git(join(cwd, 'acme'), 'ls-files', 'uv.lock')).toBe('uv.lock\n');
  });

  it.each([
    ['python', 'uv', 'https://docs.astral.sh/uv/'],
    ['typescript', 'npm', 'https://nodejs.org/'],
    ['go', 'go', 'https://go.dev/dl/'],
  ])(
    'without the tool for %s ends with 3 and says where to get it; the files stay',
    async (language, tool, home) => {
      const cwd = emptyFolder();
      const args = ['acme', '--kind', 'rest', '--language', language, '--install'];
      const { code, stdout, stderr } = await run(args, { cwd, env: onlyWith({}) });
      expect(code).toBe(3);
      expect(stdout).toContain('Created the REST plugin acme');
      expect(stderr).toContain(
        `error: There is no ${tool}, so nothing was installed. The files are written.`,
      );
      expect(stderr).toContain(home);
      expect(existsSync(join(cwd, 'acme/README.md'))).toBe(true);
    },
  );

  it('that fails ends with 3 and what the tool said; the files stay', async () => {
    const cwd = emptyFolder();
    const env = onlyWith({ uv: 'echo "no such host" >&2; exit 2' });
    const { code, stderr } = await run([...none, '--install'], { cwd, env });
    expect(code).toBe(3);
    expect(stderr).toContain('error: `uv sync` failed. The files are written.\n  no such host\n');
    expect(existsSync(join(cwd, 'acme/pyproject.toml'))).toBe(true);
  });

  it('of a service in TypeScript is npm install, which is then no command to go on with', async () => {
    const cwd = emptyFolder();
    const env = onlyWith({ npm: 'echo "$@" > npm.txt' });
    const args = ['acme', '--kind', 'rest', '--language', 'typescript', '--install'];
    const { code, stdout } = await run(args, { cwd, env });
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, 'acme/npm.txt'), 'utf8')).toBe('install\n');
    expect(stdout.slice(stdout.indexOf('Next:'))).not.toContain('npm install');
  });

  it('is not done unasked without a terminal, in CI, or with --yes', async () => {
    const env = onlyWith({ uv: ': > installed' });
    const cwd = emptyFolder();
    await run(none, { cwd, env });
    await run(none.with(0, 'ci'), { cwd, env: { ...env, CI: 'true' } });
    const terminal = inTerminal(process.execPath, [executable, 'other', '--yes'], { cwd, env });
    expect((await terminal.ended).code).toBe(0);
    expect(treeOf(cwd).filter((path) => path.endsWith('installed'))).toEqual([]);
  });

  it('is offered in a terminal where the tool is there, and done if the person says so', async () => {
    const env = onlyWith({ uv: ': > installed' });
    const cwd = emptyFolder();
    const args = [executable, ...none, '--name', 'acme', '--description', 'x', '--kind', 'package'];
    const terminal = inTerminal(process.execPath, args, { cwd, env });
    await terminal.shows('Install its dependencies now?');
    await terminal.shows('Yes: uv sync');
    terminal.type(keys.enter);
    await terminal.shows('Create it?');
    terminal.type(keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(existsSync(join(cwd, 'acme/installed'))).toBe(true);
  });
});
