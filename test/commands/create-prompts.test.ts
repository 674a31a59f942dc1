import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, executable, treeOf } from '../executable.ts';
import { inTerminal, keys, type TerminalOptions, type TerminalRun } from '../pty.ts';

function start(args: readonly string[], options: TerminalOptions): TerminalRun {
  // Not every machine has what installs a package, and then it isn't asked about.
  return inTerminal(process.execPath, [executable, '--no-install', ...args], options);
}

/** The prompts in their order, and how to get past each. */
const steps = [
  'Folder',
  'Name of the plugin',
  'Description',
  'Kind of plugin',
  'Policies to start with',
  'More parts',
  'Create it?',
] as const;

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
    await terminal.shows('Description (Apply policies for the dstack server)');
    terminal.type(`Keeps "GPUs" cheap${keys.enter}`);
    await terminal.shows('Kind of plugin');
    terminal.type(keys.enter);
    await terminal.shows('Policies to start with');
    terminal.type(keys.enter);
    await terminal.shows('More parts');
    await terminal.shows(/◯ gitlab-ci[\s\S]*◯ rest/);
    terminal.type(keys.down.repeat(4) + keys.space + keys.enter);
    await terminal.shows('Create it?');
    for (const line of [
      'Folder    guards/acme',
      'Plugin    acme-guard, a Python package',
      'About     Keeps "GPUs" cheap',
      'Author    nobody',
      'Policies  no-privileged, max-price, max-duration',
      'Parts     rest',
      'Install   no',
    ])
      expect(terminal.screen()).toContain(line);
    expect(existsSync(join(cwd, 'guards'))).toBe(false);
    terminal.type(keys.enter);
    await terminal.shows('Next:');
    expect(await terminal.ended).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain('cd guards/acme');
    expect(existsSync(join(cwd, 'guards/acme/src/acme_guard/__init__.py'))).toBe(true);
    expect(existsSync(join(cwd, 'guards/acme/rest/src/acme_guard_rest/main.py'))).toBe(true);
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
    for (const question of steps.slice(2)) {
      await terminal.shows(question);
      terminal.type(keys.enter);
    }
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

  it.each([80, 40])(
    'of %i columns our lines are broken between words, and nothing is said by colour alone',
    async (columns) => {
      const cwd = emptyFolder();
      const terminal = start(['--no-git'], { cwd, env: { NO_COLOR: '1' }, columns });
      await advanceTo('Kind of plugin', terminal);
      terminal.type(keys.down + keys.enter);
      await terminal.shows('Language');
      await terminal.shows(/❯ Python/);
      terminal.type(keys.enter);
      await terminal.shows('Policies to start with');
      await terminal.shows(/◉ no-privileged/);
      await terminal.shows(/◯ instance-volumes/);
      terminal.type(keys.enter);
      await terminal.shows('More parts');
      terminal.type(keys.enter);
      await terminal.shows('Create it?');
      terminal.type(keys.enter);
      expect((await terminal.ended).code).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
      expect(terminal.raw().match(/\u001b\[(?:3\d|9\d|38;[\d;]*)m/g)).toBeNull();
      const lines = terminal.screen().split('\n');
      // Answers as the prompts repeat them are the library's lines.
      const ours = lines.filter((line) => !line.startsWith('✔'));
      expect(ours.filter((line) => line.length >= columns)).toEqual([]);
      const text = lines.map((line) => line.trim()).join(' ');
      expect(text).toContain('Enter takes what is offered, Esc goes back, Ctrl+C leaves.');
      expect(text).toContain('Policies  no-privileged, max-price, max-duration');
      expect(text).toContain('Created the REST plugin my-plugin in my-plugin: ');
    },
  );

  it('Esc goes back one question, with what was answered before, and its line says so', async () => {
    const cwd = emptyFolder();
    const terminal = start(['acme'], { cwd });
    await terminal.shows('Name of the plugin');
    terminal.type(`guard${keys.enter}`);
    await terminal.shows('Description');
    terminal.type(keys.escape);
    await terminal.shows('Name of the plugin (guard)');
    terminal.type(keys.enter);
    await terminal.shows('Description');
    terminal.type(keys.enter);
    await terminal.shows('Kind of plugin');
    await terminal.shows(/navigate.*esc back/);
    terminal.type(keys.down + keys.enter);
    await terminal.shows('Language');
    terminal.type(keys.escape);
    await terminal.shows(/❯ rest/);
    terminal.type(keys.up + keys.enter);
    await terminal.shows('Policies to start with');
    await terminal.shows(/submit.*esc back/);
    terminal.type(keys.space + keys.enter);
    await terminal.shows('More parts');
    terminal.type(keys.enter);
    await terminal.shows('Create it?');
    terminal.type(keys.down + keys.enter);
    await terminal.shows(/More parts[\s\S]*More parts/);
    terminal.type(keys.escape);
    await terminal.shows(/◯ no-privileged[\s\S]*◉ max-price/);
    terminal.type(keys.enter);
    await terminal.shows(/back\n.*Policies to start with[\s\S]*More parts/);
    terminal.type(keys.enter);
    await terminal.shows(/Create it\?[\s\S]*Create it\?/);
    terminal.type(keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).toContain('Created the plugin guard in acme:');
    expect(readFileSync(join(cwd, 'acme/pyproject.toml'), 'utf8')).toContain('name = "guard"');
    expect(existsSync(join(cwd, 'acme/src/guard/policies/no_privileged.py'))).toBe(false);
  });

  it('whoever says no at the end has written nothing', async () => {
    const cwd = emptyFolder();
    const terminal = start([], { cwd });
    await advanceTo('Create it?', terminal);
    terminal.type(keys.down + keys.down + keys.enter);
    expect((await terminal.ended).code).toBe(130);
    expect(treeOf(cwd)).toEqual([]);
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
    const args = ['acme', '--name', 'acme', '--description', 'x', '--kind', 'package', '--policies', 'none'];
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
