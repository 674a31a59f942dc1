import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executable, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { inTerminal, keys, type TerminalRun } from '../pty.ts';
import { engineCache } from '../test-cache.ts';

const review = (folder: string, columns: number, ...args: readonly string[]): TerminalRun =>
  inTerminal(process.execPath, [executable, 'test', '--no-offer', '--review', ...args], {
    cwd: folder,
    columns,
    rows: 60,
    env: { CREATE_DSTACK_PLUGIN_CACHE: engineCache },
  });

/** A question is shown before it listens; a person isn't that quick. */
function listening(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 400));
}

/** Answers the question that is asked now. */
async function answer(terminal: TerminalRun, place: string, letter: string): Promise<void> {
  await terminal.shows(`${place}: is what came out right?`, 60_000);
  await listening();
  terminal.type(letter);
  await terminal.shows(new RegExp(`❯ ${letter}`), 30_000);
  terminal.type(keys.enter);
}

const dstack = ['--dstack', '0.22.5'];
const some = [...dstack, 'chat', 'fresh', 'ide', 'train'];

/** The documentation's plugin, recorded, and then changed: three samples differ, and one is new. */
async function changedPlugin(): Promise<{ folder: string; text: (name: string) => string }> {
  const folder = copyOfFixture('example-plugin');
  await run(['test', ...dstack, '--update'], { cwd: folder });
  const source = join(folder, 'src/example_plugin/__init__.py');
  writeFileSync(source, readFileSync(source, 'utf8').replace('"1d"', '"12h"'));
  writeFileSync(join(folder, 'samples/fresh.dstack.yml'), 'type: task\nname: fresh\ncommands: [":"]\n');
  return { folder, text: (name) => readFileSync(join(folder, `samples/${name}.expected.yml`), 'utf8') };
}

describe('test --review', () => {
  test('asks about each replay that differs or is new, and writes what is accepted at once', async () => {
    const { folder, text } = await changedPlugin();
    const ide = text('ide');
    const terminal = review(folder, 80, ...some);
    await answer(terminal, '1 of 4', 'a');
    await terminal.shows('2 of 4: is what came out right?', 60_000);
    expect(text('chat')).toContain('/configuration/max_duration: {to: 43200}');
    expect(text('train')).not.toContain('43200');
    // Too narrow for two columns: one below the other.
    expect(terminal.screen()).toContain(
      'expected  (nothing) → 86400 (1d)\n        actual    (nothing) → 43200 (12h)',
    );
    await answer(terminal, '2 of 4', 's');
    await answer(terminal, '3 of 4', 'k');
    await answer(terminal, '4 of 4', 'a');
    expect((await terminal.ended).code).toBe(1);
    expect(terminal.screen()).toContain('Reviewed 4 results: 2 accepted, 1 kept, 1 left undecided.');
    expect(terminal.screen()).toContain('1 failed, 1 new, 2 updated');
    expect(text('train')).toContain('/configuration/max_duration: {from: 604800, to: 43200}');
    expect(text('ide')).toBe(ide);
    expect(existsSync(join(folder, 'samples/fresh.expected.yml'))).toBe(false);
  });

  test.each([
    ['Ctrl+C', keys.ctrlC, 130],
    ['the end of the input', keys.ctrlD, 130],
  ])('left by %s keeps what was decided, and reports what there is', async (_, key, code) => {
    const { folder, text } = await changedPlugin();
    const terminal = review(folder, 80, ...some);
    await answer(terminal, '1 of 4', 'a');
    await terminal.shows(/2 of 4: is what came out right\?[\s\S]*❯ skip/, 60_000);
    await listening();
    terminal.type(key);
    expect((await terminal.ended).code).toBe(code);
    expect(text('chat')).toContain('43200');
    expect(text('train')).not.toContain('43200');
    expect(terminal.screen()).toContain('interrupted before the end');
    expect(terminal.screen()).not.toMatch(/^\s+at .*:\d+/m);
    expect(terminal.cursorHidden()).toBe(false);
  });

  test('ended by SIGTERM keeps what was decided, and leaves the terminal as it was', async () => {
    const { folder, text } = await changedPlugin();
    const terminal = review(folder, 80, ...some);
    await answer(terminal, '1 of 4', 'a');
    await terminal.shows(/2 of 4: is what came out right\?[\s\S]*❯ skip/, 60_000);
    terminal.kill('SIGTERM');
    expect((await terminal.ended).code).toBe(143);
    expect(text('chat')).toContain('43200');
    expect(text('train')).not.toContain('43200');
    expect(terminal.cursorHidden()).toBe(false);
    expect(terminal.screen()).not.toMatch(/^\s+at .*:\d+/m);
  });

  test('left by quit keeps what was decided, and ends as any run with something left', async () => {
    const { folder, text } = await changedPlugin();
    const terminal = review(folder, 120, ...some);
    await terminal.shows('1 of 4: is what came out right?', 60_000);
    expect(terminal.screen()).toMatch(/^ {4}expected {20,}actual$/m);
    expect(terminal.screen()).toMatch(/^ {6}\(nothing\) → 86400 \(1d\) {10,}\(nothing\) → 43200 \(12h\)$/m);
    await answer(terminal, '1 of 4', 'a');
    await answer(terminal, '2 of 4', 'q');
    expect((await terminal.ended).code).toBe(1);
    expect(terminal.screen()).toContain('Reviewed 4 results: 1 accepted, 0 kept, 3 left undecided.');
    expect(text('chat')).toContain('43200');
    expect(text('train')).not.toContain('43200');
  });

  test('writes nothing over what somebody changed meanwhile', async () => {
    const { folder, text } = await changedPlugin();
    const terminal = review(folder, 80, ...dstack, 'ide');
    await terminal.shows('1 of 1: is what came out right?', 60_000);
    const mine = `# mine\n${text('ide')}`;
    writeFileSync(join(folder, 'samples/ide.expected.yml'), mine);
    await answer(terminal, '1 of 1', 'a');
    expect((await terminal.ended).code).toBe(2);
    expect(terminal.screen()).toContain('The expectation was changed by somebody else during the review');
    expect(text('ide')).toBe(mine);
  });

  test('asks nothing where everything passes', async () => {
    const { folder } = await changedPlugin();
    const terminal = review(folder, 80, ...dstack, 'pool');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).not.toContain('?');
  });

  test('needs a terminal, and no --update beside it', async () => {
    const folder = copyOfFixture('example-plugin');
    const piped = await run(['test', '--review'], { cwd: folder });
    expect(piped.code).toBe(2);
    expect(piped.stderr).toContain(
      '--review asks questions, and needs a terminal on standard input and standard',
    );
    const both = await run(['test', '--review', '--update'], { cwd: folder });
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('--review asks what --update would record without a question.');
  });

  test('writes the entries that an update writes, whatever the versions and contexts, decided one by one', async () => {
    const folder = copyOfFixture('version-skew');
    const source = join(folder, 'src/no_privileged/__init__.py');
    const eve = '        if user == "eve":\n            raise ValueError("not eve")\n';
    writeFileSync(
      source,
      readFileSync(source, 'utf8').replace('        if configuration.privileged', `${eve}$&`),
    );
    const file = join(folder, 'samples/groups.expected.yml');
    const start = '# all of them\n- as: [admin@main, eve@main, bob@main]\n';
    const args = ['--dstack', '0.21.2,0.22.5', 'groups'];
    writeFileSync(file, start);
    await run(['test', '--no-offer', ...args, '--update'], { cwd: folder });
    const updated = readFileSync(file, 'utf8');
    expect(updated).toContain('- as: [admin@main, bob@main]\n  dstack: <0.22.5');
    writeFileSync(file, start);
    const terminal = review(folder, 120, ...args);
    await answer(terminal, '1 of 2', 'a');
    await terminal.shows('2 of 2: is what came out right?', 60_000);
    expect(readFileSync(file, 'utf8')).not.toBe(updated);
    await answer(terminal, '2 of 2', 'a');
    expect((await terminal.ended).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(updated);
  });
});
