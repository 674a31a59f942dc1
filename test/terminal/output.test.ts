import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { colours, wantsColour } from '../../src/terminal/colour.ts';
import { bugText, failureText } from '../../src/terminal/failure-text.ts';
import { inCi } from '../../src/terminal/interactive.ts';
import { startProgress } from '../../src/terminal/progress.ts';
import { shellQuote } from '../../src/terminal/shell.ts';

describe('a failure', () => {
  it('is shown with its place, its details and what to do', () => {
    const failure = new Failure({
      code: 'x',
      text: 'The sample has\ntwo documents.',
      place: { file: 'samples/\u001b[1mx.dstack.yml', line: 3 },
      details: 'Traceback:\n  \u001b[31mValueError\n',
      hint: 'Split it.\nOr not.',
    });
    expect(failureText(failure, colours(false))).toBe(
      [
        'error: The sample has\\ntwo documents.',
        '  at samples/\\x1b[1mx.dstack.yml:3',
        '  Traceback:',
        '    \\x1b[31mValueError',
        '  → Split it.',
        '    Or not.',
        '',
      ].join('\n'),
    );
  });

  it('is one line where there is no more to say', () => {
    expect(failureText(new Failure({ code: 'x', text: 'No.' }), colours(false))).toBe('error: No.\n');
  });

  it('a bug comes with the stack, its cause, the versions and where to report it', () => {
    const text = bugText(new Error('oh', { cause: new Error('deep') }), { tool: '1.2.3', node: '20.19.0' });
    expect(text).toContain('Error: oh');
    expect(text).toContain('caused by: Error: deep');
    expect(text).toContain('create-dstack-plugin 1.2.3, node 20.19.0');
    expect(text).toContain('npm bugs create-dstack-plugin');
    expect(bugText('just a string', { tool: '1', node: '2' })).toContain('just a string');
  });
});

describe('colour', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j and a terminal %j it is %j', (environment, isTTY, expected) => {
    expect(wantsColour({ isTTY }, environment)).toBe(expected);
  });
});

it.each([
  [{}, false],
  [{ CI: '' }, false],
  [{ CI: '0' }, false],
  [{ CI: 'false' }, false],
  [{ CI: 'true' }, true],
  [{ CI: '1' }, true],
])('the environment %j is CI: %j', (environment, expected) => {
  expect(inCi(environment)).toBe(expected);
});

it.each([
  ['acme-guard', 'linux', 'acme-guard'],
  ['/tmp/a_b.c', 'linux', '/tmp/a_b.c'],
  ['My Plugin', 'linux', "'My Plugin'"],
  ["it's", 'linux', "'it'\\''s'"],
  ['$(x)', 'linux', "'$(x)'"],
  ['~', 'linux', "'~'"],
  ['', 'linux', "''"],
  ['C:\\a\\b', 'win32', 'C:\\a\\b'],
  ["it's $x", 'win32', "'it''s $x'"],
] as const)('the argument %s is quoted for %s as %s', (argument, platform, expected) => {
  expect(shellQuote(argument, platform)).toBe(expected);
});

describe('progress', () => {
  it('is a line for each step where there is no terminal', () => {
    let text = '';
    const progress = startProgress({ write: (more) => (text += more) });
    progress.step('Installing dstack 0.22.5');
    progress.detail('lost');
    progress.step('Starting');
    progress.stop('Ready');
    progress.stop();
    expect(text).toBe('Installing dstack 0.22.5\nStarting\nReady\n');
  });

  it('is one line on a terminal, no longer than it, with the seconds that passed, and gone in the end', () => {
    let text = '';
    let clock = 0;
    const progress = startProgress(
      { isTTY: true, columns: 40, write: (more) => (text += more) },
      () => clock,
    );
    progress.step('Installing');
    progress.detail('x'.repeat(100));
    clock = 2500;
    progress.step(`Resolving\u001b[2J ${'y'.repeat(100)}`);
    progress.stop();
    expect(text).not.toContain('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on is what this is about
    for (const line of text.replace(/\u001b\[\d*m/g, '').split('\r\u001b[K'))
      expect(line.length).toBeLessThan(40);
    expect(text.endsWith('\r\u001b[K')).toBe(true);
  });
});
