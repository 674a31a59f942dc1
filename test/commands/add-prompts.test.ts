import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { toolVersion } from '../../src/version.ts';
import { emptyFolder, executable, treeOf } from '../executable.ts';
import { inTerminal, keys, type TerminalRun } from '../pty.ts';
import { answersFor } from '../scaffold/choices.ts';
import { generate } from '../scaffold/generate.ts';

function project(policies: readonly string[] = ['no-privileged']): string {
  const at = join(emptyFolder(), 'guard');
  generate({ ...answersFor(policies), name: 'guard', module: 'guard', tool: toolVersion }, at);
  return at;
}

const add = (cwd: string, ...args: readonly string[]): TerminalRun =>
  inTerminal(process.execPath, [executable, 'add', ...args], { cwd });

describe('in a terminal, what is to be added is asked for', () => {
  it('policies: those that the project hasn’t, none of them checked', async () => {
    const at = project();
    const terminal = add(at, 'policy');
    await terminal.shows('Policies to add');
    await terminal.shows(/◯ instance-volumes/);
    expect(terminal.screen()).not.toMatch(/no-privileged|◉/);
    terminal.type(keys.down + keys.space + keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).toContain('Added the policy distributed-tasks to guard.');
    expect(existsSync(join(at, 'src/guard/policies/distributed_tasks.py'))).toBe(true);
  });

  it('no policy at all is nothing, and said so', async () => {
    const at = project();
    const before = treeOf(at);
    const terminal = add(at, 'policy');
    await terminal.shows('Policies to add');
    terminal.type(keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).toContain('Nothing to do: no policy was chosen.');
    expect(treeOf(at)).toEqual(before);
  });

  it('where the project has every starter policy, nothing', async () => {
    const at = project(catalogue.map(({ name }) => name));
    const terminal = add(at, 'policy');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).toMatch(/^Nothing to do: guard has the policies no-privileged, /);
  });

  it('a sample: its kind and its name, which is refused where it can’t be one', async () => {
    const at = project();
    const terminal = add(at, 'sample');
    await terminal.shows('Kind of sample');
    terminal.type(keys.down + keys.enter);
    await terminal.shows(/Name \(my-/);
    terminal.type(`a/b${keys.enter}`);
    await terminal.shows('Letters, digits and ". _ -".');
    terminal.type(`${keys.clear}chat${keys.enter}`);
    expect((await terminal.ended).code).toBe(0);
    expect(readFileSync(join(at, 'samples/chat.dstack.yml'), 'utf8')).toMatch(/^name: chat$/m);
  });

  it('what becomes of a file that is in the way', async () => {
    const at = project();
    writeFileSync(join(at, 'Dockerfile'), 'FROM mine\n');
    const terminal = add(at, 'docker');
    await terminal.shows('Dockerfile');
    await terminal.shows(/❯/);
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toContain('Cancelled: nothing was written.');
    expect(readFileSync(join(at, 'Dockerfile'), 'utf8')).toBe('FROM mine\n');
    expect(existsSync(join(at, 'docker'))).toBe(false);
  });

  it.each([
    ['policy', 'Policies to add'],
    ['sample', 'Kind of sample'],
  ])('Ctrl+C while it is asked for, %s, ends with 130, and nothing is written', async (what, question) => {
    const at = project();
    appendFileSync(join(at, 'README.md'), 'ours\n');
    const before = treeOf(at);
    const terminal = add(at, what);
    await terminal.shows(question);
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toContain('Cancelled: nothing was written.');
    expect(terminal.screen()).not.toMatch(/^\s+at .*:\d+/m);
    expect(terminal.cursorHidden()).toBe(false);
    expect(treeOf(at)).toEqual(before);
  });
});
