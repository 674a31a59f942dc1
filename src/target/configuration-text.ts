import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import schema from '../../schemas/configuration-1.json' with { type: 'json' };
import { Failure } from '../failure.ts';
import { parseContext } from '../replay/context.ts';
import { findingCodes, isFindingCode } from '../replay/findings/codes.ts';
import type { IgnoredFinding } from '../replay/findings/silencing.ts';
import type { Context } from '../replay/model.ts';
import { nearest } from '../terminal/nearest.ts';
import { defaultStartTimeout, type RestConfiguration, urlProblem } from './rest.ts';

/** The keys of the file, as the schema lets them through. */
export interface Written {
  readonly plugins?: string[];
  readonly dstack?: string | string[];
  readonly python?: string;
  readonly samples?: string;
  readonly replay_as?: string[];
  readonly profile?: string;
  readonly env?: Record<string, unknown>;
  readonly server_env?: Record<string, unknown>;
  readonly pass_env?: string[];
  readonly rest?: WrittenRest;
  readonly timeout?: number;
  readonly server_checks?: boolean;
  readonly ignore?: readonly WrittenIgnore[];
}

interface WrittenRest {
  readonly command?: readonly string[];
  readonly url: string;
  readonly start_timeout?: number;
  readonly concurrent?: boolean;
}

interface WrittenIgnore {
  readonly finding: string;
  readonly samples?: readonly string[];
  readonly reason: string;
}

type Path = readonly (string | number)[];

/** The file's YAML together with the lines of its nodes, so that whatever is wrong can be pointed at. */
export class ConfigurationText {
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const error = this.#document.errors[0];
    if (error === undefined) return;
    if (error.code === 'MULTIPLE_DOCS')
      throw wrong('It holds several YAML documents.', this.#line(error.pos[0]));
    throw wrong(`It isn't valid YAML: ${error.message}.`, this.#line(error.pos[0]));
  }

  /** The file's mapping, held against the schema. */
  validated(): Written {
    const value: unknown = this.#document.toJS() ?? {};
    const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile<Written>(
      schema,
    );
    if (validate(value)) return value;
    throw this.#invalid(validate.errors ?? []);
  }

  /** The values of a mapping of environment variables as they are written: `1.10` stays `1.10`. */
  environment(key: string): Record<string, string> {
    const node = this.#node([key]);
    const pairs = isMap(node) ? node.items : [];
    return Object.fromEntries(pairs.map((pair) => [keyText(pair), scalarText(pair.value)]));
  }

  context(text: string, path: Path): Context {
    const context = parseContext(text);
    if (context !== null) return context;
    throw wrong(
      `${named(path)} is "${text}", which isn't a user and a project.`,
      this.#lineAt(path),
      'Write it as user@project, such as admin@main.',
    );
  }

  /** A plugin service, at a URL that can be asked. */
  rest({
    command = [],
    url,
    start_timeout: startTimeout = defaultStartTimeout,
    concurrent = false,
  }: WrittenRest): RestConfiguration {
    const at = ['rest', 'url'];
    const problem = urlProblem(url, command.length > 0);
    if (problem !== null) throw wrong(`rest.url is "${url}", ${problem}.`, this.#lineAt(at));
    return { command: command.length === 0 ? null : command, url, startTimeout, concurrent };
  }

  /** A silenced finding: of a code that there is. */
  ignored({ finding, samples = ['*'], reason }: WrittenIgnore, path: Path): IgnoredFinding {
    if (isFindingCode(finding))
      return { finding, samples, reason, line: this.#lineAt([...path, 'finding']) ?? null };
    const guess = nearest(finding, findingCodes);
    throw wrong(
      `${named([...path, 'finding'])} is "${finding}", and there is no such finding.`,
      this.#lineAt([...path, 'finding']),
      guess === null ? `The findings are: ${findingCodes.join(', ')}.` : `Did you mean ${guess}?`,
    );
  }

  /** A folder below the root, with `/` and without a trailing one. */
  folder(root: string, written: string, path: Path): string {
    const inside = relative(root, join(root, written));
    const outside = isAbsolute(written) || escapes(inside) || leadsOutside(root, inside);
    if (!outside) return inside === '' ? '.' : inside.split(sep).join('/');
    throw wrong(
      `${named(path)} is "${written}", which is outside of the project.`,
      this.#lineAt(path),
      "Name a folder below the project's root.",
    );
  }

  #invalid(errors: readonly ErrorObject[]): Failure {
    const unknown = errors.find((error) => error.keyword === 'additionalProperties');
    return unknown === undefined ? this.#wrongValue(errors) : this.#unknownKey(unknown);
  }

  #unknownKey(error: ErrorObject): Failure {
    const path = pathOf(error.instancePath);
    const key = String(error.params['additionalProperty']);
    const known = Object.keys(propertiesAt(path));
    const guess = nearest(key, known);
    return wrong(
      `${named([...path, key])} is no key of it.`,
      this.#keyLine(path, key),
      guess === null ? `The keys are: ${known.join(', ')}.` : `Did you mean ${guess}?`,
    );
  }

  #wrongValue(errors: readonly ErrorObject[]): Failure {
    // Of the alternatives of one value, the deepest says most.
    const error = [...errors].sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
    const path = pathOf(error?.instancePath ?? '');
    const node = this.#node(path);
    const line = this.#lineAt(path);
    if (path.length === 0 && error?.keyword === 'type') {
      return wrong("It isn't a mapping of keys to values.", line, 'Such as: samples: samples');
    }
    if (isScalar(node) && typeof node.value === 'number' && isVersion(path)) {
      return wrong(
        `${named(path)} is the number ${String(node.value)}, where a version in quotes is needed.`,
        line,
        `YAML reads ${node.source ?? ''} as a number; put it in quotes: "${node.source ?? ''}".`,
      );
    }
    if (error?.keyword === 'propertyNames' || error?.keyword === 'required') {
      const name = String(error.params['propertyName'] ?? error.params['missingProperty']);
      return wrong(
        error.keyword === 'required'
          ? `${named(path)} lacks ${name}.`
          : `${named(path)}: "${name}" can't be the name of a variable.`,
        line,
      );
    }
    return wrong(
      `${named(path)} is ${shownValue(node)}, where ${expectation(errors, path)} is needed.`,
      line,
    );
  }

  #node(path: Path): Node | null {
    let node: unknown = this.#document.contents;
    for (const step of path) {
      node = isMap(node) || isSeq(node) ? node.get(step, true) : null;
    }
    return (node ?? null) as Node | null; // what `get` gives with `keepScalar` is a node
  }

  #lineAt(path: Path): number | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const start = this.#node(path.slice(0, length))?.range?.[0];
      if (start !== undefined) return this.#line(start);
    }
    return undefined;
  }

  #keyLine(path: Path, key: string): number | undefined {
    const map = this.#node(path);
    const pair = isMap(map) ? map.items.find((item) => keyText(item) === key) : undefined;
    const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    return start === undefined ? this.#lineAt(path) : this.#line(start);
  }

  #line(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}

/** Says what is wrong with the configuration, at a line of it. */
export function wrong(text: string, line: number | undefined, hint?: string): Failure {
  return new Failure({
    code: 'invalid-configuration',
    text: `dstack-plugin.yml is wrong. ${text}`,
    place: { file: 'dstack-plugin.yml', line },
    hint,
  });
}

function named(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

function propertiesAt(path: Path): object {
  if (path[0] === 'rest') return schema.properties.rest.properties;
  if (path[0] === 'ignore') return schema.properties.ignore.items.properties;
  return schema.properties;
}

/** The keys whose values are versions, which YAML takes for numbers where they look like one. */
function isVersion(path: Path): boolean {
  return path[0] === 'python' || path[0] === 'dstack';
}

/** What the schema wants at a path, in words. */
function expectation(errors: readonly ErrorObject[], path: Path): string {
  const here = errors.filter((error) => named(pathOf(error.instancePath)) === named(path));
  const types = here
    .filter((error) => error.keyword === 'type')
    .flatMap((error) => words(error.params['type']));
  if (types.length > 0) return [...new Set(types)].join(' or ');
  switch (here[0]?.keyword) {
    case 'minItems':
      return 'a list with at least one item';
    case 'minLength':
      return 'a text that is not empty';
    case 'uniqueItems':
      return 'a list without the same item twice';
    case 'exclusiveMinimum':
      return 'a number above 0';
    case 'pattern':
      return path[0] === 'python'
        ? 'a version such as "3.11"'
        : `a text that matches ${String(here[0].params['pattern'])}`;
    default:
      return here[0]?.message ?? 'something else';
  }
}

function words(type: unknown): string[] {
  const names: Record<string, string> = {
    array: 'a list',
    object: 'a mapping',
    string: 'a text',
    number: 'a number',
    boolean: 'true or false',
  };
  return String(type)
    .split(',')
    .map((name) => names[name] ?? name);
}

function shownValue(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : 'a list';
  const text = scalarText(node);
  return text === '' ? 'empty' : `"${text}"`;
}

function keyText(pair: Pair): string {
  return scalarText(pair.key);
}

function scalarText(node: unknown): string {
  if (!isScalar(node)) return '';
  return typeof node.value === 'string' || node.source === undefined ? String(node.value ?? '') : node.source;
}

function escapes(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** A symbolic link can lead outside as well; what isn't there leads nowhere yet. */
function leadsOutside(root: string, inside: string): boolean {
  try {
    return escapes(relative(realpathSync(root), realpathSync(join(root, inside))));
  } catch {
    return false;
  }
}
