import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { splitCommand } from '../../src/service/split-command.ts';

/** What a shell makes of a command: each word between NULs. */
function shellWords(text: string): readonly string[] {
  const printed = execFileSync('sh', ['-c', `set -f; printf '%s\\0' ${text}`], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

test.each([
  ['uv run my-server --port {port}', ['uv', 'run', 'my-server', '--port', '{port}']],
  ['  a\t b  c \n', ['a', 'b', 'c']],
  [`python -c 'print("x y")'`, ['python', '-c', 'print("x y")']],
  [`a"b c"'d e'f`, ['ab cd ef']],
  [`a '' ""`, ['a', '', '']],
  [String.raw`a\ b \"c \\`, ['a b', '"c', '\\']],
  [String.raw`'a\\b'"c"`, [String.raw`a\\bc`]],
  [String.raw`x "a\"b\\c\d\$e"`, ['x', String.raw`a"b\c\d$e`]],
  ['a \\\n b', ['a', 'b']],
  ['a "b\\\nc"', ['a', 'bc']],
  [String.raw`a \| \> \$HOME \~`, ['a', '|', '>', '$HOME', '~']],
  [`a '&&' ">" '$HOME' '~/x' '*'`, ['a', '&&', '>', '$HOME', '~/x', '*']],
  ['a b~ c#d --x=~y %1 x@y', ['a', 'b~', 'c#d', '--x=~y', '%1', 'x@y']],
  ['a $ 5$ "$"', ['a', '$', '5$', '$']],
  ['a A=b', ['a', 'A=b']],
  ['sh -c "exec \'my server\'"', ['sh', '-c', "exec 'my server'"]],
])('%s is split as a shell splits it', (text, words) => {
  expect(splitCommand(text)).toEqual(words);
  expect(shellWords(text)).toEqual(words);
});

test('any words that are quoted for a shell come back as they were', () => {
  const letters = ['a', ' ', "'", '"', '\\', '$', '`', '|', '~', '#', '*', '\n', 'é', '{port}', '&', ''];
  let state = 7;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  for (let round = 0; round < 2000; round += 1) {
    const word = (): string => Array.from({ length: next(8) }, () => letters[next(letters.length)]).join('');
    const words = ['run', ...Array.from({ length: next(5) }, word)];
    const single = words.map((each) => `'${each.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    const double = words.map((each) => `"${each.replace(/["\\$`]/g, '\\$&')}"`).join('  ');
    expect(splitCommand(single)).toEqual(words);
    expect(splitCommand(double)).toEqual(words);
  }
});

function failure(text: string): Failure {
  try {
    splitCommand(text);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${text} was split`);
}

test.each([
  ["a 'b", "A single quote (') has no partner."],
  ['a "b', 'A double quote (") has no partner.'],
  ['a "b\\"', 'A double quote (") has no partner.'],
  ['a \\', 'It ends with a backslash'],
  ['', 'It has no word.'],
  ['  ', 'It has no word.'],
])('%j can’t be split', (text, why) => {
  expect(failure(text)).toMatchObject({ code: 'invalid-rest-command', exitCode: 2 });
  expect(failure(text).message).toContain(why);
});

test.each([
  ['a && b', '"&&" runs several commands'],
  ['a || b', '"||" runs several commands'],
  ['a; b', '";" runs several commands'],
  ['a &', '"&" runs several commands'],
  ['a | b', '"|" connects commands'],
  ['a>b', '">" redirects'],
  ['a 2>&1', '">" redirects'],
  ['a < b', '"<" redirects'],
  ['a $HOME', '"$HOME" puts in a variable'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  ['a --port=${PORT}', '"${PORT}" puts in a variable'],
  ['a "$HOME/x"', '"$HOME" puts in a variable'],
  ['a $(b)', '"$(" puts in what another command prints'],
  ['a "`b`"', '"`" puts in what another command prints'],
  ["a $'b'", 'is a quotation'],
  ['a ~/b', '"~" stands for a home folder'],
  ['a *.py', '"*" stands for names of files'],
  ['a # b', '"#" begins a comment'],
  ['(a)', '"(" groups commands'],
  ['PORT=1 a', '"PORT=1" is no command'],
])('%j needs a shell, which is said', (text, why) => {
  expect(failure(text)).toMatchObject({ code: 'rest-command-needs-shell', exitCode: 2 });
  expect(failure(text).message).toContain(why);
  expect(failure(text).hint).toContain("sh -c '…'");
});
