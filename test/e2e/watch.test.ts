import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { executable, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { inTerminal, keys, type TerminalRun } from '../pty.ts';
import { engineCache } from '../test-cache.ts';

/** `test --watch` in a real terminal. */

const waiting = 'u update  f filter  r replay all  q quit';

// The environment is kept before anybody waits for it in a terminal.
beforeAll(async () => {
  await run(['test'], { cwd: fresh() });
});

function fresh(): string {
  const folder = copyOfFixture('example-plugin');
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\n');
  return folder;
}

function watched(cwd: string, args: readonly string[] = []): TerminalRun {
  const terminal = inTerminal(process.execPath, [executable, 'test', '--watch', ...args], {
    cwd,
    columns: 80,
    rows: 200,
    env: { CREATE_DSTACK_PLUGIN_CACHE: engineCache, NO_COLOR: '1' },
  });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return terminal;
}

/** Resolves when a run has ended whose report shows a text; each run begins with an empty screen. */
async function ran(terminal: TerminalRun, text: string | RegExp): Promise<void> {
  await terminal.shows(text, 60_000);
  await terminal.shows(waiting, 60_000);
}

/** As editors do: beside the file, and then in its place. */
function save(file: string, change: (text: string) => string): void {
  writeFileSync(`${file}~`, change(readFileSync(file, 'utf8')));
  renameSync(`${file}~`, file);
}

test('a sample, a policy, a broken plugin and the configuration replay what they touch, and q quits', async () => {
  const folder = fresh();
  const terminal = watched(folder);
  await ran(terminal, '8 new');
  terminal.type('u');
  await ran(terminal, '8 updated');
  const recorded = join(folder, 'samples/train.expected.yml');
  expect(existsSync(recorded)).toBe(true);

  save(join(folder, 'samples/train.dstack.yml'), (text) => `${text}max_price: 9\n`);
  await ran(terminal, /· 1 replay$/m);
  expect(terminal.screen()).toContain('samples/train.dstack.yml');
  expect(terminal.screen()).not.toContain('samples/chat.dstack.yml');

  const policy = join(folder, 'src/example_plugin/__init__.py');
  const before = readFileSync(policy, 'utf8');
  writeFileSync(policy, `${before}def (\n`);
  await ran(terminal, 'SyntaxError');
  writeFileSync(policy, before.replace('"1d"', '"2d"'));
  await ran(terminal, /failed.* · 8 replays$/m);
  expect(terminal.screen()).toContain('172800');
  writeFileSync(policy, before);
  await ran(terminal, /· 8 replays$/m);

  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\ncolour: red\n');
  await ran(terminal, 'colour is no key of it');
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\nreplay_as: [admin@main]\n');
  await ran(terminal, /· 8 replays$/m);

  terminal.type('f');
  await terminal.shows('Replay only samples with this in their path');
  terminal.type(`chat${keys.enter}`);
  await ran(terminal, /· 1 replay$/m);
  terminal.type('q');
  expect((await terminal.ended).code).toBe(0);
});

test('a save that moves the policies shows them where they are by now', async () => {
  const folder = fresh();
  const terminal = watched(folder);
  await ran(terminal, '8 new');
  expect(terminal.screen()).toContain('src/example_plugin/__init__.py:10');
  for (const line of [11, 12]) {
    save(join(folder, 'src/example_plugin/__init__.py'), (text) => `# another remark\n${text}`);
    await ran(terminal, `src/example_plugin/__init__.py:${line}`);
    expect(terminal.screen()).not.toContain(`src/example_plugin/__init__.py:${line - 1}`);
    expect(terminal.screen()).toMatch(/8 new.* · 8 replays$/m);
  }
});

test('a file that is saved as it was replays nothing, and what it records itself neither', async () => {
  const folder = fresh();
  const terminal = watched(folder);
  await ran(terminal, '8 new');
  terminal.type('u');
  await ran(terminal, '8 updated');
  save(join(folder, 'samples/chat.dstack.yml'), (text) => text);
  save(join(folder, 'samples/train.dstack.yml'), (text) => `${text}# changed\n`);
  await ran(terminal, /· 1 replay$/m);
  expect(terminal.screen()).toContain('samples/train.dstack.yml');
  expect(terminal.raw().match(/Watching for changes/g)).toHaveLength(3);
});

test('what is saved right after a policy is read as it is then', async () => {
  const folder = fresh();
  const terminal = watched(folder, ['train']);
  await ran(terminal, '1 new');
  terminal.type('u');
  await ran(terminal, '1 updated');
  const policy = join(folder, 'src/example_plugin/__init__.py');
  const expectation = join(folder, 'samples/train.expected.yml');
  const [code, recorded] = [readFileSync(policy, 'utf8'), readFileSync(expectation, 'utf8')];
  // In a batch with the policy, before its expectation is read for it or after, or in a batch of its own.
  for (const [index, delay] of [0, 6, 12, 18, 24, 30, 36, 42].entries()) {
    const fails = index % 2 === 0;
    writeFileSync(policy, `${code}# ${index}\n`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    writeFileSync(expectation, fails ? '- as: admin@main\n  outcome: unchanged\n' : recorded);
    await ran(terminal, fails ? /1 failed.* · 1 replay$/m : /1 passed.* · 1 replay$/m);
  }
});

test('Ctrl+C ends it with 130, gives the terminal back, and leaves nothing running', async () => {
  const folder = fresh();
  const terminal = watched(folder, ['train']);
  await ran(terminal, '1 new');
  terminal.type(keys.ctrlC);
  expect((await terminal.ended).code).toBe(130);
  expect(terminal.cursorHidden()).toBe(false);
});

test('a plugin service is started anew where its sources change, and stopped at the end', async () => {
  const folder = copyOfFixture('example-service');
  const source = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  const { spec } = JSON.parse(text || '{"spec": {}}');
  console.log('serving as', process.pid);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ spec, error: null }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
  const server = join(folder, 'server.mjs');
  writeFileSync(server, source);
  const command = JSON.stringify([process.execPath, 'server.mjs']);
  writeFileSync(
    join(folder, 'dstack-plugin.yml'),
    `dstack: ["0.22.5"]\nrest: {command: ${command}, url: "http://127.0.0.1:{port}"}\n`,
  );
  const terminal = watched(folder, ['train']);
  await ran(terminal, '1 new');
  const process1 = /serving as (\d+)/.exec(terminal.screen())?.[1];
  terminal.type('r');
  await ran(terminal, `serving as ${process1}`);
  writeFileSync(server, source.replace('error: null', "error: 'not today'"));
  await ran(terminal, 'Apply request rejected: not today');
  const process2 = /serving as (\d+)/.exec(terminal.screen())?.[1];
  expect(process2).not.toBe(process1);
  terminal.type('q');
  await terminal.ended;
  for (const id of [process1, process2]) expect(existsSync(`/proc/${id}`)).toBe(false);
});

test.each([
  ['--update', 'has a key for --update'],
  ['--server', "doesn't go with --watch"],
  ['--contract', "doesn't go with --watch"],
])('--watch %s is refused', async (flag, words) => {
  const { code, stderr } = await run(['test', '--watch', flag], { cwd: fresh() });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});
