/** A Markdown page whose commands can be run, as parts in the order of the page. What joins their texts gives the page again. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  /** `<!-- scene: NAME -->`: what follows happens in a fresh folder of that name. */
  | { readonly type: 'scene'; readonly text: string; readonly name: string }
  /** A fenced block whose first line is a comment with a path: it is what that file holds. */
  | { readonly type: 'file'; readonly text: string; readonly path: string; readonly content: string }
  /** Commands to be run. With `console`, each behind `$ ` and followed by what it prints; else one on a line, and nothing printed is shown. */
  | {
      readonly type: 'commands';
      readonly text: string;
      readonly shows: boolean;
      readonly commands: readonly string[];
      /** The exit code of the last one; of the others, it is 0. */
      readonly exit: number;
      /** Why they can't be run here; null: they are. */
      readonly notRun: string | null;
    };

const fence = /^(`{3,})(\w*)$/;

/**
 * Takes a page apart. `<!-- exit: N -->` and `<!-- not run: REASON -->` before a block of commands say how it ends.
 *
 * @throws Error where a fence isn't closed
 */
export function partsOf(page: string): readonly Part[] {
  const lines = page.split('\n');
  const parts: Part[] = [];
  let exit = 0;
  let notRun: string | null = null;
  for (let index = 0; index < lines.length; ) {
    const line = lines[index] ?? '';
    const [, scene] = /^<!-- scene: (.+) -->$/.exec(line) ?? [];
    const [, ticks = '', language] = fence.exec(line) ?? [];
    let length = 1;
    if (scene !== undefined) parts.push({ type: 'scene', text: line, name: scene });
    else if (/^<!-- exit: \d+ -->$/.test(line)) {
      exit = Number(/\d+/.exec(line)?.[0]);
      parts.push({ type: 'text', text: line });
    } else if (/^<!-- not run: .+ -->$/.test(line)) {
      notRun = /^<!-- not run: (.+) -->$/.exec(line)?.[1] ?? '';
      parts.push({ type: 'text', text: line });
    } else if (language !== undefined) {
      const end = lines.indexOf(ticks, index + 1);
      if (end < 0) throw new Error(`The block of line ${index + 1} has no end.`);
      length = end + 1 - index;
      const inner = lines.slice(index + 1, end);
      parts.push(blockOf(language, inner, lines.slice(index, end + 1).join('\n'), { exit, notRun }));
      [exit, notRun] = [0, null];
    } else if (isIndented(lines, index)) {
      length = lines.slice(index).findIndex((each) => !each.startsWith('    '));
      if (length < 0) length = lines.length - index;
      const block = lines.slice(index, index + length);
      const commands = block.map((each) => each.slice(4));
      parts.push({ type: 'commands', text: block.join('\n'), shows: false, commands, exit, notRun });
      [exit, notRun] = [0, null];
    } else parts.push({ type: 'text', text: line });
    index += length;
  }
  return parts;
}

/** Indented code, which on these pages is always commands; within a list it would be its text. */
function isIndented(lines: readonly string[], index: number): boolean {
  return /^ {4}\S/.test(lines[index] ?? '') && (lines[index - 1] ?? '') === '';
}

function blockOf(
  language: string,
  inner: readonly string[],
  text: string,
  ends: { readonly exit: number; readonly notRun: string | null },
): Part {
  if (language === 'console') {
    const commands = inner.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
    return { type: 'commands', text, shows: true, commands, ...ends };
  }
  if (language === 'sh') return { type: 'commands', text, shows: false, commands: inner, ...ends };
  const [, path] = /^(?:#|\/\/) ([\w./-]+\.\w+)$/.exec(inner[0] ?? '') ?? [];
  if (path === undefined) return { type: 'text', text };
  return { type: 'file', text, path, content: `${inner.join('\n')}\n` };
}

/** A block of commands with what they print now. */
export function shown(printed: readonly { readonly command: string; readonly output: string }[]): string {
  const blocks = printed.map(({ command, output }) => `$ ${command}\n${output.trimEnd()}`.trimEnd());
  return `\`\`\`console\n${blocks.join('\n')}\n\`\`\``;
}
