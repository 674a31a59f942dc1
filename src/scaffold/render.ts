import { fill, type Helpers, type Template } from './template.ts';
import { isList, type Value, type View } from './values.ts';

/** The widest line that the formatter of generated projects leaves alone. */
const lineWidth = 100;

/** Every value goes through one of these, so that it is quoted for the language that it lands in; nothing else may be called. */
export const quoting: Helpers = {
  py: python,
  toml: (value) => literal(text(value)),
  yaml: (value = null) => literal(value),
  /** A YAML value as a person would write it, in one line. */
  setting: flow,
  /** Part of a plain YAML scalar: what YAML or a shell could take for something else is refused. */
  word: (value) => only(/^[\w.@/+-]+$/, text(value)),
  identifier: (value) => only(/^[A-Za-z_][A-Za-z0-9_]*$/, text(value)),
  prose: (value) => only(/^[^\n{}]*$/, text(value)),
  import: pythonImport,
  docstring: (value) => literal(text(value)).slice(1, -1),
  markdown: (value) => markdown(only(/^[^\p{Cc}\p{Cs}]*$/u, text(value))),
  docker: (value) => docker(only(/^[^\p{Cc}\p{Cs}]*$/u, text(value))),
  /** A value in TypeScript, or a string in JSON. */
  ts: typescript,
  go: (value) => literal(text(value)),
  /** Part of a template literal of TypeScript's: what could end it or be taken for something else is refused. */
  template: (value) => only(/^[^\n`\\$]*$/, text(value)),
  constant: typescriptConstant,
};

/**
 * What comes of a template's file: a text as it is, a template filled in.
 *
 * @throws Error where the template names something that the view hasn't, or a value doesn't fit where it lands: a bug of this tool
 */
export function render(contents: string | Template, view: View): string {
  return typeof contents === 'string' ? contents : fill(contents, view, quoting);
}

/**
 * What JSON, YAML, TOML, Python, TypeScript and Go all read as the same value. Characters that one of them takes for a line's end or doesn't
 * take at all are escaped, and those that would make a line look like another one.
 */
function literal(value: Value): string {
  const json = JSON.stringify(value);
  if (typeof value === 'string' && /\p{Cs}/u.test(value))
    throw new Error(`${json} has half a character in it`);
  return json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A paragraph of plain text: nothing in it is markup, HTML or the beginning of a list, a heading or a quotation. */
function markdown(value: string): string {
  return value
    .replace(/[\\`*_[\]<>&~|$]/g, '\\$&')
    .replace(/^[#+=-]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** A value in a Dockerfile, where variables are filled in between double quotes. */
function docker(value: string): string {
  return `"${value.replace(/["\\$]/g, '\\$&')}"`;
}

/** Settings hold sequences as tuples, so a list becomes one. */
function python(value: Value = null): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return literal(value);
  if (isList(value)) {
    const items = value.map(python);
    return `(${items.length === 1 ? `${items[0]},` : items.join(', ')})`;
  }
  return `{${Object.entries(value)
    .map(([key, item]) => `${literal(key)}: ${python(item)}`)
    .join(', ')}}`;
}

/** A word that YAML reads as text where it isn't quoted. Version 1.1, which PyYAML reads, takes more words for something else than 1.2. */
const plainWord = /^"((?!(?:y|n|yes|no|on|off|true|false|null)")[a-z][a-z_-]*)"$/;

function flow(value: Value = null): string {
  if (value === null || typeof value !== 'object') return literal(value).replace(plainWord, '$1');
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${flow(key)}: ${flow(item)}`)
    .join(', ')}}`;
}

/** An import as the formatter would leave it, however long the module's name is. */
function pythonImport(module: Value = null, path: Value = null, names: Value = null): string {
  const from = `from ${only(/^\w+$/, text(module))}${only(/^[\w.]*$/, text(path))} import`;
  const list = only(/^\w+(, \w+)*$/, text(names));
  const line = `${from} ${list}`;
  return line.length <= lineWidth
    ? line
    : `${from} (\n${list
        .split(', ')
        .map((name) => `    ${name},\n`)
        .join('')})`;
}

function typescript(value: Value = null): string {
  if (value === null || typeof value !== 'object') return literal(value);
  if (isList(value)) return `[${value.map(typescript).join(', ')}]`;
  const fields = Object.entries(value).map(([key, item]) => {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : literal(key);
    return `${name}: ${typescript(item)}`;
  });
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** A constant as the formatter would leave it, however long its value is. */
function typescriptConstant(name: Value = null, value: Value = null): string {
  const line = `export const ${only(/^\w+$/, text(name))} = ${typescript(text(value))};`;
  return line.length <= lineWidth ? line : line.replace(' = ', ' =\n  ');
}

function text(value: Value | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`Expected a string, got ${JSON.stringify(value)}`);
  return value;
}

function only(pattern: RegExp, value: string): string {
  if (!pattern.test(value)) throw new Error(`${JSON.stringify(value)} can't stand here unquoted`);
  return value;
}
