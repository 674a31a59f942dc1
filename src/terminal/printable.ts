// C0 and C1 controls (an escape sequence needs one of them to begin), line and paragraph separators, marks that reorder text or take no
// room, tags, which nothing shows, halves of surrogate pairs, which no encoding can write, and what Unicode keeps from being a character.
const inert =
  /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Makes text that others wrote safe to print: whatever a terminal would act on is shown as an escape such as `\x1b`.
 *
 * @param text a name, a message, a line of a plugin's output
 * @returns one line; see {@link printableLines} for text of several
 */
export function printable(text: string): string {
  return text.replace(inert, (character) => named[character] ?? escapeOf(character));
}

/** The same for text of several lines: line feeds stay, tabs become spaces, a carriage return before a line feed goes. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll('\t', '    ')))
    .join('\n');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
