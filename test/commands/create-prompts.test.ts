import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, executable, treeOf } from '../executable.ts';
import { inTerminal, keys, type TerminalOptions, type TerminalRun } from '../pty.ts';

function start(args: readonly string[], options: TerminalOptions): TerminalRun {
  return inTerminal(process.execPath, [executable, ...args], options);
}

/** The prompts in their order, and how to get past each. */
const steps = ['Folder', 'Name of the plugin', 'Kind of plugin', 'Policies to start with'] as const;

async function advanceTo(step: (typeof steps)[number], terminal: TerminalRun): Promise<void> {
  for (const prompt of steps) {
    await terminal.shows(prompt);
    if (prompt === step) return;
    terminal.type(keys.enter);
  }
}

/** Nothing on the screen looks like a stack trace. */
function expectNoStack(terminal: TerminalRun): void {
  expect(terminal.screen()).not.toMatch(/^\s+at .*:\d+/m);
  expect(terminal.screen()).not.toMatch(/ExitPromptError|AbortPromptError/);
}

describe('in a terminal', () => {
  it('the questions are asked, and the project is written', async () => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd });
    await terminal.shows('Folder (my-plugin)');
    terminal.type(`guards/acme${keys.enter}`);
    await terminal.shows('Name of the plugin (acme)');
    terminal.type(`Acme_Guard${keys.enter}`);
    await terminal.shows('Kind of plugin');
    terminal.type(keys.enter);
    await terminal.shows('Policies to start with');
    terminal.type(keys.enter);
    await terminal.shows('Next:');
    expect(await terminal.ended).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain('cd guards/acme');
    expect(existsSync(join(cwd, 'guards/acme/src/acme_guard/__init__.py'))).toBe(true);
    expect(terminal.cursorHidden()).toBe(false);
  });

  it('what is in the way and a refused name are said on the spot, and asked again', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'used'), 'mine');
    const terminal = start([], { cwd });
    await terminal.shows('Folder');
    terminal.type(`used${keys.enter}`);
    await terminal.shows('used is a file.');
    terminal.type(`${keys.clear}acme${keys.enter}`);
    await terminal.shows('Name of the plugin (acme)');
    terminal.type(`json${keys.enter}`);
    await terminal.shows('"json" is a module of Python\'s standard library.');
    await terminal.shows('What about "json-plugin"?');
    terminal.type(`${keys.clear}acme-two${keys.enter}`);
    await terminal.shows('Kind of plugin');
    terminal.type(keys.enter);
    await terminal.shows('Policies');
    terminal.type(keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(existsSync(join(cwd, 'acme/src/acme_two/__init__.py'))).toBe(true);
    expect(readFileSync(join(cwd, 'used'), 'utf8')).toBe('mine');
  });

  it.each(steps)('Ctrl+C at "%s" ends with 130, without a stack, and nothing is written', async (step) => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd });
    await advanceTo(step, terminal);
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toContain('Cancelled: nothing was written.');
    expectNoStack(terminal);
    expect(terminal.cursorHidden()).toBe(false);
    expect(treeOf(cwd)).toEqual([]);
  });

  it.each(steps)('the end of the input at "%s" ends with 130, never with 0', async (step) => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd });
    await advanceTo(step, terminal);
    terminal.type(keys.ctrlD);
    expect((await terminal.ended).code).toBe(130);
    expectNoStack(terminal);
    expect(treeOf(cwd)).toEqual([]);
  });

  it('SIGTERM at a prompt ends with 143 and gives the cursor back', async () => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd });
    await advanceTo('Kind of plugin', terminal);
    terminal.kill('SIGTERM');
    expect((await terminal.ended).code).toBe(143);
    expectNoStack(terminal);
    expect(terminal.cursorHidden()).toBe(false);
    expect(treeOf(cwd)).toEqual([]);
  });

  it('every line fits into 80 columns, and NO_COLOR is honoured', async () => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd, env: { NO_COLOR: '1' }, columns: 80 });
    await advanceTo('Policies to start with', terminal);
    terminal.type(keys.enter);
    await terminal.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    expect(terminal.raw().match(/\u001b\[(?:3\d|9\d|38;[\d;]*)m/g)).toBeNull();
    expect(
      terminal
        .screen()
        .split('\n')
        .filter((line) => line.length > 79),
    ).toEqual([]);
  });

  it.each([
    ['--yes', ['acme', '--yes'], {}],
    ['CI', ['acme'], { CI: 'true' }],
  ])('with %s nothing is asked', async (_, args, env) => {
    const cwd = emptyFolder();
    const terminal = start(args, { cwd, env });
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).not.toContain('?');
    expect(existsSync(join(cwd, 'acme/pyproject.toml'))).toBe(true);
  });

  it('with everything given by flags nothing is asked', async () => {
    const cwd = emptyFolder();
    const args = ['acme', '--name', 'acme', '--kind', 'package', '--policies', 'none'];
    const terminal = start(args, { cwd });
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).not.toContain('?');
  });

  it('with standard output in a file nothing is asked', async () => {
    const cwd = emptyFolder();
    const terminal = inTerminal('sh', ['-c', `"$0" "$1" > out.txt`, process.execPath, executable], { cwd });
    expect((await terminal.ended).code).toBe(2);
    expect(terminal.screen()).toContain('nobody is there to be asked');
  });

  it('with standard error in a file the questions are still seen', async () => {
    const cwd = emptyFolder();
    const terminal = inTerminal('sh', ['-c', `"$0" "$1" 2> err.txt`, process.execPath, executable], { cwd });
    await terminal.shows('Folder (my-plugin)');
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
  });
});
