import { isList, isMapping } from '../equality.ts';
import type { Json } from '../model.ts';

/** Lines are kept to this width where a value can be laid out in several. */
const width = 110;

/** YAML limits a key before a bare `:` to 1,024 characters; a longer one needs `?` before it. */
const longestBareKey = 1000;

/**
 * One pair of a block mapping as YAML that every reader, of YAML 1.1 or 1.2, takes for the same.
 *
 * A value stands behind its key, in flow style, if the line keeps to 110 columns and no text in it has several lines; otherwise mappings and
 * lists become blocks, and a text of several lines a literal block where nothing in it forbids that.
 *
 * @param indent columns before the key, on each line
 * @param written the key as it is to be written, where a file has it already
 * @returns lines joined by `\n`, without one at the end
 */
export function renderPair(key: string, value: Json, indent: number, written?: string): string {
  const pad = ' '.repeat(indent);
  const name = written ?? scalar(key);
  return after(name.length > longestBareKey ? `${pad}? ${name}\n${pad}:` : `${pad}${name}:`, value, indent);
}

/** A key with a block of pairs below it, whatever would fit in one line. */
export function renderBlock(
  key: string,
  pairs: readonly (readonly [string, Json])[],
  indent: number,
  written?: string,
): string {
  const head = `${' '.repeat(indent)}${written ?? scalar(key)}:`;
  return [head, ...pairs.map(([name, value]) => renderPair(name, value, indent + 2))].join('\n');
}

function after(head: string, value: Json, indent: number): string {
  const inline = flow(value);
  const lastLine = head.slice(head.lastIndexOf('\n') + 1);
  if (!hasSeveralLines(value) && lastLine.length + 1 + inline.length <= width) return `${head} ${inline}`;
  if (isList(value) && value.length > 0) {
    return [head, ...value.map((item) => after(`${' '.repeat(indent + 2)}-`, item, indent + 2))].join('\n');
  }
  if (isMapping(value) && Object.keys(value).length > 0) {
    const pairs = Object.entries(value).map(([key, item]) => renderPair(key, item, indent + 2));
    // Behind a dash the first pair stands on its line.
    if (lastLine.endsWith('-')) return `${head} ${pairs.join('\n').slice(indent + 2)}`;
    return [head, ...pairs].join('\n');
  }
  return typeof value === 'string' && canBeLiteral(value)
    ? `${head} ${literal(value, indent + 2)}`
    : `${head} ${inline}`;
}

function hasSeveralLines(value: Json): boolean {
  if (typeof value === 'string') return canBeLiteral(value);
  if (isList(value)) return value.some(hasSeveralLines);
  return isMapping(value) && Object.values(value).some(hasSeveralLines);
}

/** What a literal block, and an editor that trims lines, would leave as it is. */
function canBeLiteral(text: string): boolean {
  return (
    /\n./.test(text) &&
    !/^[\s]|[^\S\n](\n|$)|\n\n$/.test(text) &&
    !unprintable.test(text.replaceAll('\n', ''))
  );
}

function literal(text: string, indent: number): string {
  const body = text.replace(/\n$/, '');
  const lines = body.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return [text.endsWith('\n') ? '|' : '|-', ...lines].join('\n');
}

function flow(value: Json): string {
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  if (isMapping(value)) return `{${Object.entries(value).map(flowPair).join(', ')}}`;
  return typeof value === 'string' ? scalar(value) : String(value);
}

function flowPair([key, value]: readonly [string, Json]): string {
  const name = scalar(key);
  return `${name.length > longestBareKey ? '? ' : ''}${name}: ${flow(value)}`;
}

/** Controls, and what can't be seen but changes how text is read, such as marks for the direction of writing. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
const allUnprintable = new RegExp(unprintable.source, 'gu');

/** A text in one line: plain where that is safe inside flow and block style alike, else in double quotes. */
function scalar(text: string): string {
  return isPlain(text)
    ? text
    : JSON.stringify(text).replace(allUnprintable, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return code > 0xffff
          ? `\\U${code.toString(16).padStart(8, '0')}`
          : `\\u${code.toString(16).padStart(4, '0')}`;
      });
}

function isPlain(text: string): boolean {
  return (
    /^[\p{L}\p{N}_/.<(+$^]/u.test(text) &&
    !/[,[\]{}]|:(\s|$)|\s#|[^\S ]| $/u.test(text) &&
    !unprintable.test(text) &&
    !isMisread(text)
  );
}

/** Texts that a reader of YAML 1.1 or 1.2 takes for a number, a date, a truth value, null, or a mark of YAML's own. */
function isMisread(text: string): boolean {
  return (
    /^(y|n|yes|no|on|off|true|false|null|[-+]?\.(inf|nan))$/i.test(text) ||
    /^[-+.]*\p{N}[\p{N}a-fox_.:+ tz-]*$/iu.test(text) ||
    /^(<<|\.{3})/.test(text)
  );
}
