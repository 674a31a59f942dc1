import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { emptyFolder, executable, run } from '../executable.ts';
import { inTerminal, keys, type TerminalRun } from '../pty.ts';

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', ':']);
    return true;
  } catch {
    return false;
  }
}

/** An interactive shell that knows the program and its completions, in a folder with a sample. */
async function start(shell: 'bash' | 'zsh', cwd: string): Promise<TerminalRun> {
  const bin = emptyFolder();
  symlinkSync(executable, join(bin, 'create-dstack-plugin'));
  mkdirSync(join(cwd, 'samples'));
  writeFileSync(join(cwd, 'samples/train.dstack.yml'), '');
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}`, PS1: 'ready> ', PROMPT: 'ready> ' };
  const args = shell === 'bash' ? ['--norc', '--noprofile', '-i'] : ['-f', '-i'];
  const terminal = inTerminal(shell, args, { cwd, env, columns: 120 });
  await terminal.shows('ready>');
  const load = `source <(create-dstack-plugin completion ${shell})`;
  const prepare = shell === 'bash' ? load : `autoload -Uz compinit && compinit -u -D && ${load}`;
  terminal.type(`${prepare} && echo loa''ded${keys.enter}`);
  await terminal.shows(/^loaded/m);
  return terminal;
}

const shells = [
  ['bash', ''],
  ['zsh', ' (needs zsh)'],
] as const;

describe.each(shells)('in %s', (shell, needs) => {
  const there = isThere(shell);

  it.skipIf(!there)(`commands, options, values and files are completed${needs}`, async () => {
    const terminal = await start(shell, emptyFolder());
    const completes = async (typed: string, completed: string): Promise<void> => {
      terminal.type(`create-dstack-plugin ${typed}\t`);
      await terminal.shows(`create-dstack-plugin ${completed}`);
      terminal.type(keys.clear);
    };
    await completes('doc', 'doctor');
    await completes('--on-c', '--on-conflict');
    await completes('acme --kind pa', 'acme --kind package');
    await completes('acme --policies none,max-pr', 'acme --policies none,max-price');
    await completes('test --serv', 'test --server');
    await completes('test sam', 'test samples/');
    await completes('completion z', 'completion zsh');
    terminal.type(`exit${keys.enter}`);
    await terminal.ended;
  });

  it.skipIf(!there)(`what is typed so far is never run${needs}`, async () => {
    const cwd = emptyFolder();
    const terminal = await start(shell, cwd);
    terminal.type('create-dstack-plugin "$(touch run)" --on-c\t');
    await terminal.shows('--on-conflict');
    expect(existsSync(join(cwd, 'run'))).toBe(false);
    terminal.type(`${keys.clear}exit${keys.enter}`);
    await terminal.ended;
  });
});

describe('what may stand somewhere', () => {
  async function words(...typed: readonly string[]): Promise<readonly string[]> {
    const line = ['create-dstack-plugin', ...typed];
    const env = { COMP_CWORD: String(line.length - 1), SHELL: 'bash' };
    const { code, stdout, stderr } = await run(['completion-server', '--', ...line], {
      cwd: emptyFolder(),
      env,
    });
    expect([code, stderr]).toEqual([0, '']);
    return stdout.split('\n').slice(0, -1);
  }

  it('every option and command that --help knows', async () => {
    const { stdout } = await run(['--help'], { cwd: emptyFolder() });
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(options.length).toBeGreaterThan(10);
    expect(await words('--')).toEqual(options);
    expect(await words('')).toEqual(['add', 'test', 'openapi', 'doctor', 'completion', 'help']);
  });

  it('every policy', async () => {
    expect(await words('acme', '--policies', '')).toEqual([
      'all',
      'none',
      ...catalogue.map(({ name }) => name),
    ]);
  });

  it('a value of an option is no command', async () => {
    expect(await words('--name', 'test', '--up')).toEqual([]);
    expect(await words('test', '--up')).toEqual(['--update']);
  });
});

it('a shell that there is no script for is refused', async () => {
  const { code, stderr } = await run(['completion', 'bsh'], { cwd: emptyFolder() });
  expect(code).toBe(2);
  expect(stderr).toContain('completion doesn\'t take "bsh".\n  → Did you mean bash?');
});
