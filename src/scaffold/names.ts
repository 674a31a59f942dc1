import { printable } from '../terminal/printable.ts';
import { standardLibraryModules } from './standard-library.ts';

/** A name that Python, PyPI and dstack take. */
export interface PluginName {
  /** The distribution's name, normalised: `acme-guard`. */
  readonly name: string;
  /** The module that it is imported as, and the entry point's name: `acme_guard`. */
  readonly module: string;
}

export type NameCheck =
  | { readonly ok: true; readonly value: PluginName }
  | {
      readonly ok: false;
      /** One sentence, safe to print. */
      readonly reason: string;
      /** A name near to it that would be taken. */
      readonly suggestion: string;
    };

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
const distributionName = /^(?:[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])$/i;

/**
 * Files and folders are named after the plugin, with more behind it (`NAME-0.1.0.dist-info`), and some file systems end at 143 bytes
 * (encrypted homes on Linux).
 */
const longest = 100;

/** https://docs.python.org/3/reference/lexical_analysis.html#keywords, those that remain when a name is in lower case. */
const keywords = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or
   pass raise return try while with yield`.split(/\s+/),
);

/** https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file */
const windowsDevices = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** Not strings in YAML 1.1, and `server/config.yml` enables a plugin by its name. */
const yamlConstants = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null']);

/** What a generated project holds at its root or installs to work with: a module of that name would stand in its way. */
const taken: ReadonlyMap<string, string> = new Map([
  ['test', 'Python brings a package of that name along'],
  ['vendor', 'Go imports nothing from a module of that name'],
  ...['tests', 'samples', 'src', 'conftest'].map(
    (name) => [name, 'the project has a folder or file of that name'] as const,
  ),
  ...[
    'pytest',
    'ruff',
    'pyright',
    'pydantic',
    'yaml',
    'pyyaml',
    'pip',
    'setuptools',
    'hatchling',
    'uv',
    'uv-build',
    'fastapi',
    'starlette',
    'uvicorn',
    'anyio',
    'httpx',
    'requests',
    'hono',
    'typescript',
    'vitest',
  ].map((name) => [name, 'the project needs the package of that name'] as const),
]);

/**
 * Checks a plugin's name as somebody typed it, and normalises it.
 *
 * @param typed for example `Acme_Guard`, which becomes the distribution `acme-guard` and the module `acme_guard`
 */
export function checkName(typed: string): NameCheck {
  const reason = syntaxProblem(typed);
  if (reason !== null) return { ok: false, reason, suggestion: suggestName(typed) };
  const name = normalise(typed);
  const module = name.replaceAll('-', '_');
  const clash = clashOf(name, module);
  if (clash !== null) return { ok: false, reason: clash, suggestion: suggestName(name) };
  return { ok: true, value: { name, module } };
}

/** A name that {@link checkName} takes, as near as possible to what was typed. */
export function suggestName(typed: string): string {
  const slug = typed
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .split(/[/\\]/)
    .map((part) => part.replace(/[^a-z0-9]+/gi, '-').replace(/^-+|-+$/g, ''))
    .filter((part) => part !== '')
    .at(-1)
    ?.toLowerCase()
    .slice(0, longest - 'dstack--plugin'.length)
    .replace(/-+$/, '');
  if (slug === undefined) return 'my-plugin';
  const candidates = [slug, `${slug}-plugin`, `dstack-${slug}`];
  return candidates.find(isAllowed) ?? 'my-plugin';
}

function isAllowed(name: string): boolean {
  return syntaxProblem(name) === null && clashOf(name, name.replaceAll('-', '_')) === null;
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/#name-normalization */
function normalise(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

function syntaxProblem(name: string): string | null {
  if (name.trim() === '') return 'The name is empty.';
  if (/\p{Cc}/u.test(name)) return `The name ${quoted(name)} has control characters in it.`;
  if (/[/\\]/.test(name) || name === '.' || name === '..') {
    return `${quoted(name)} is a path; a name is wanted, the folder is an argument of its own.`;
  }
  if (normalise(name) === '-')
    return `Nothing is left of ${quoted(name)} when it is normalised as PyPI does.`;
  if (/[^\p{ASCII}]/u.test(name)) {
    return `${quoted(name)} has characters that PyPI doesn't take: letters from a to z, digits and ". _ -" are allowed.`;
  }
  if (!distributionName.test(name)) {
    return `PyPI doesn't take ${quoted(name)}: letters, digits and ". _ -" are allowed, with a letter or digit at both ends.`;
  }
  if (name.length > longest) return `The name is longer than ${longest} characters.`;
  return null;
}

function clashOf(name: string, module: string): string | null {
  if (/^[0-9]/.test(module))
    return `Python can't import "${module}": a module's name doesn't begin with a digit.`;
  if (keywords.has(module)) return `Python can't import "${module}": it is a keyword.`;
  if (module === 'dstack') return '"dstack" is dstack itself, which the plugin would shadow.';
  if (module === 'rest_plugin') return '"rest_plugin" is a plugin that dstack brings along.';
  if (standardLibraryModules.has(module)) return `"${module}" is a module of Python's standard library.`;
  if (yamlConstants.has(module)) {
    return `"${module}" isn't a string in YAML, where the server's configuration names its plugins.`;
  }
  if (windowsDevices.test(module)) return `"${module}" can't be the name of a folder on Windows.`;
  const why = taken.get(name);
  return why === undefined ? null : `"${name}" can't be the plugin's name: ${why}.`;
}

function quoted(text: string): string {
  const shown = printable(text);
  return shown.length > 60 ? `"${shown.slice(0, 60)}…"` : `"${shown}"`;
}
