import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** `test --against`, through the built executable, in real git repositories. */

function git(cwd: string, ...args: readonly string[]): string {
  const as = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...as, ...args], { cwd, encoding: 'utf8' });
}

function commit(cwd: string): void {
  git(cwd, 'init', '--quiet', '--initial-branch', 'main');
  git(cwd, 'add', '--all');
  git(cwd, 'commit', '--quiet', '--message', 'before');
}

function committed(name: string): string {
  const folder = copyOfFixture(name);
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\n');
  commit(folder);
  return folder;
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
}

/** Every file with its contents' size and the time of its last change, but for git's own. */
function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.git'))
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    });
}

test('what an edit does is told as Markdown, without expectations, and nothing of the working tree is touched', async () => {
  const folder = committed('example-plugin');
  const policy = join(folder, 'src/example_plugin/__init__.py');
  edit(policy, '"1d"', '172800');
  edit(
    policy,
    'if configuration.privileged:',
    'if configuration.privileged or configuration.name == "chat":',
  );
  const before = stateOf(folder);
  const { code, stdout, stderr } = await run(['test', '--against', 'main'], { cwd: folder });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('## What this change does to `example-plugin`');
  expect(stdout).toMatch(/\*\*4 of 8 samples change: /);
  expect(stdout).toContain('1 is now rejected');
  expect(stdout).toContain('`samples/train.dstack.yml`<br>`as admin@main`');
  expect(stdout).toContain('172800');
  expect(stdout).not.toContain('### Findings that are new');
  expect(stateOf(folder)).toEqual(before);
  expect(git(folder, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(git(folder, 'status', '--porcelain').trim()).toBe('M src/example_plugin/__init__.py');

  // Where nothing changes, it says so.
  git(folder, 'checkout', '--quiet', '.');
  const same = await run(['test', '--against', 'main'], { cwd: folder });
  expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('None of 8 samples changes.')]);

  // A change that brings a crash is no good, whatever was expected.
  edit(policy, 'return spec', 'return None');
  const broken = await run(['test', 'train', '--against', 'main'], { cwd: folder });
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain('1 of 1 sample changes: 1 now crashes the policy.');
  expect(broken.stdout).toContain('`returns-nothing`');

  // What can't be loaded can't be compared, and which side it is is said.
  writeFileSync(policy, 'def (');
  git(folder, 'commit', '--quiet', '--all', '--message', 'broken');
  git(folder, 'checkout', '--quiet', 'HEAD~1', '.');
  const past = await run(['test', 'train', '--against', 'main'], { cwd: folder });
  expect(past.code).toBe(3);
  expect(past.stdout).toContain('As it was at main: ');
});

test('a plugin in a folder of a repository is compared with itself there', async () => {
  const repository = copyOfFixture('example-plugin');
  const folder = join(repository, 'plugins/guard');
  mkdirSync(folder, { recursive: true });
  for (const name of ['src', 'pyproject.toml', 'samples'])
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\n');
  commit(repository);
  edit(join(folder, 'src/example_plugin/__init__.py'), '2.0', '3.0');
  const { stdout, stderr } = await run(['test', 'chat', '--against', 'HEAD'], { cwd: folder });
  expect(stdout, stderr).toContain('1 of 1 sample changes: 1 gets other values.');
  expect(stdout).toContain('example_plugin.HouseRules src/example_plugin/__init__.py:10');
});

test('a plugin service is started as it was, and as it is', async () => {
  const folder = copyOfFixture('example-service');
  const source = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  const { spec } = JSON.parse(text || '{"spec": {}}');
  const error = spec.run_name === 'train' ? null : null;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ spec, error }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
  writeFileSync(join(folder, 'server.mjs'), source);
  const command = JSON.stringify([process.execPath, 'server.mjs']);
  const rest = `rest: {command: ${command}, url: "http://127.0.0.1:{port}"}`;
  writeFileSync(join(folder, 'dstack-plugin.yml'), `dstack: ["0.22.5"]\n${rest}\n`);
  commit(folder);
  edit(join(folder, 'server.mjs'), '? null : null', "? 'not today' : null");
  const { code, stdout, stderr } = await run(['test', '--against', 'main'], { cwd: folder });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('1 of 7 samples changes: 1 is now rejected.');
  expect(stdout).toContain('Apply request rejected: not today');
});

// Two environments with the whole server are installed where none is kept.
test("with the server's checks, services that could no longer be updated in place are named", {
  timeout: 300_000,
}, async () => {
  const folder = committed('example-plugin');
  const policy = join(folder, 'src/example_plugin/__init__.py');
  edit(policy, '"my_team"', '"another_team"');
  const args = ['test', 'chat', 'train', '--against', 'main', '--server-checks'];
  const { stdout, stderr } = await run(args, { cwd: folder });
  expect(stdout, stderr).toContain('### Running services that could no longer be updated in place');
  expect(stdout).toMatch(/\| `samples\/chat\.dstack\.yml`.*configuration/);
  expect(stdout.split('could no longer be updated')[1]).not.toContain('train.dstack.yml');
});

test('a reference that git does not know, a folder without git, and flags that mean something else are refused', async () => {
  const folder = committed('example-plugin');
  const refused = async (args: readonly string[], cwd = folder) => {
    const { code, stderr, stdout } = await run(['test', ...args], { cwd });
    expect([code, stdout]).toEqual([2, '']);
    return stderr;
  };
  expect(await refused(['--against', 'no-such'])).toContain('git knows no commit "no-such"');
  expect(await refused(['--against', '--help-me'])).toContain('--help-me');
  expect(await refused(['--against', 'main', '--update'])).toContain("--update doesn't go with --against");
  const bare = emptyFolder();
  cpSync(join(folder, 'src'), join(bare, 'src'), { recursive: true });
  cpSync(join(folder, 'samples'), join(bare, 'samples'), { recursive: true });
  cpSync(join(folder, 'pyproject.toml'), join(bare, 'pyproject.toml'));
  expect(await refused(['--against', 'main'], bare)).toContain('no repository');
});
