import { Failure } from '../failure.ts';

/** What a shell would act on where it isn't quoted, and how it is called. Nothing here acts on it. */
const shellSyntax: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^(&&|\|\||;;?|&)/, 'runs several commands'],
  [/^\|/, 'connects commands'],
  [/^[<>]/, 'redirects input or output'],
  [/^`/, 'puts in what another command prints'],
  [/^\$\(/, 'puts in what another command prints'],
  [/^\$['"]/, "is a quotation of some shells' own"],
  [/^\$(\w+|\{[^}]*\}?|[@*#?!$-])/, 'puts in a variable'],
  [/^[()]/, 'groups commands'],
];

/**
 * Splits a command into its words as a POSIX shell does: blanks, `'…'`, `"…"` and backslashes. It is run without a shell, so whatever
 * else a shell would act on is refused, where it isn't quoted, rather than passed on as it stands. (npm's `shlex` and `shell-quote` don't
 * tell quoted text from what a shell acts on; the first also takes `'a\\b'"c"` apart wrongly.)
 *
 * @throws Failure (exit 2) where a quotation has no end, a shell is needed, or there is no word
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const character = text.charAt(at);
    if (/^\s/.test(rest)) {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
    } else if (character === '\\') {
      if (rest.length === 1) throw refused('It ends with a backslash, with nothing behind it.');
      // A line that goes on: both characters vanish.
      if (rest.charAt(1) !== '\n') word = (word ?? '') + rest.charAt(1);
      at += 2;
    } else if (character === "'" || character === '"') {
      const [quoted, length] = character === "'" ? singleQuoted(rest) : doubleQuoted(rest);
      word = (word ?? '') + quoted;
      at += length;
    } else {
      refuseSyntax(rest, word);
      word = (word ?? '') + character;
      at += 1;
    }
  }
  if (word !== null) words.push(word);
  if (words.length === 0) throw refused('It has no word.');
  // An assignment before the command is the shell's as well.
  const [first = ''] = words;
  if (first === '' || /^[A-Za-z_]\w*=/.test(first)) throw needsShell(first, 'is no command');
  return words;
}

function singleQuoted(rest: string): readonly [text: string, length: number] {
  const end = rest.indexOf("'", 1);
  if (end < 0) throw refused("A single quote (') has no partner.");
  return [rest.slice(1, end), end + 1];
}

function doubleQuoted(rest: string): readonly [text: string, length: number] {
  let text = '';
  for (let at = 1; at < rest.length; at += 1) {
    const character = rest.charAt(at);
    if (character === '"') return [text, at + 1];
    if (character === '\\' && /^["\\$`\n]/.test(rest.slice(at + 1))) {
      at += 1;
      if (rest.charAt(at) !== '\n') text += rest.charAt(at);
      continue;
    }
    // Double quotes don't keep a shell from these.
    if (character === '`' || /^\$[\w({]/.test(rest.slice(at))) refuseSyntax(rest.slice(at), text);
    text += character;
  }
  throw refused('A double quote (") has no partner.');
}

function refuseSyntax(rest: string, word: string | null): void {
  for (const [pattern, what] of shellSyntax) {
    const found = rest.match(pattern);
    if (found !== null) throw needsShell(found[0], what);
  }
  const atStart = word === null;
  if (atStart && rest.startsWith('#')) throw needsShell('#', 'begins a comment');
  if (atStart && /^~[\w-]*(\/|\s|$)/.test(rest)) throw needsShell('~', 'stands for a home folder');
  if (/^[*?]/.test(rest)) throw needsShell(rest.charAt(0), 'stands for names of files');
}

function needsShell(part: string, what: string): Failure {
  return new Failure({
    code: 'rest-command-needs-shell',
    text: `The command of --rest-command is run without a shell, in which ${JSON.stringify(part)} ${what}.`,
    hint: `Quote it to pass it on as it stands, or give the whole to a shell: --rest-command "sh -c '…'" (or a script of yours).`,
  });
}

function refused(text: string): Failure {
  return new Failure({
    code: 'invalid-rest-command',
    text: `The command of --rest-command can't be split into words. ${text}`,
    hint: 'For example: --rest-command "uv run my-server --port {port}"',
  });
}
