import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from '../failure.ts';
import { at, isTable, type Table } from '../target/pyproject.ts';
import { dstackRequirements, type ProjectFiles } from './requirements.ts';

/** Which dstack an environment gets, and why. */
export interface DstackChoice {
  /** A PEP 508 requirement. */
  readonly requirement: string;
  /** The version, where the requirement is for exactly one; null where the install decides. */
  readonly version: string | null;
  /** More that the project says of dstack, as requirements, for the install to hold to. */
  readonly constraints: readonly string[];
  /** In words, for a person. */
  readonly by: string;
}

export interface ChoiceInput extends ProjectFiles {
  /** The project's root: a path in a reference starts there. */
  readonly root: string;
  /** What was asked for, or null: the value of `--dstack`, or one of several that `dstack-plugin.yml` names. */
  readonly flag: string | null;
  /** Who asked for it, in words; default: the flag. */
  readonly askedBy?: string;
  /** What `dstack-plugin.yml` says. */
  readonly configured: readonly string[];
  /** The parsed `uv.lock`, or null. */
  readonly lock: Table | null;
}

/** The flag, the configuration, `uv.lock`, an exact pin in the project's files, else the newest that the project allows. */
export function chooseDstack(input: ChoiceInput): DstackChoice {
  if (input.flag !== null) return asked(input.flag, input.root, input.askedBy ?? 'the flag --dstack');
  const [configured] = input.configured;
  if (configured !== undefined) return asked(configured, input.root, 'dstack-plugin.yml');
  const locked = lockedRequirement(input.lock);
  if (locked !== null) return { ...locked, constraints: [], by: 'uv.lock' };
  const stated = dstackRequirements(input);
  const pinned = stated.find((requirement) => requirement.pin !== null);
  if (pinned?.pin != null) {
    return {
      requirement: `dstack==${pinned.pin}`,
      version: pinned.pin,
      constraints: [],
      by: `${pinned.file} pins it`,
    };
  }
  return {
    requirement: 'dstack',
    version: null,
    constraints: stated.map((requirement) => withoutExtras(requirement.text)),
    by: 'the newest that the project allows',
  };
}

/** Turns what a person asked for (a version, a specifier, a PEP 508 reference, a URL, a wheel) into a choice. */
function asked(text: string, root: string, by: string): DstackChoice {
  const request = text.trim();
  const choice = { constraints: [], by };
  const version = request.match(/^(?:dstack\s*)?(?:==\s*)?v?(\d+(?:\.\d+)*[A-Za-z0-9.+-]*)$/)?.[1];
  if (version !== undefined && !request.endsWith('.whl')) {
    return { ...choice, requirement: `dstack==${version}`, version };
  }
  if (/^(===?|~=|!=|<=?|>=?)\s*[\d]/.test(request))
    return { ...choice, requirement: `dstack${request}`, version: null };
  if (/^dstack\s*(\[[^\]]*\])?\s*([@<>=!~].*)?$/.test(request))
    return { ...choice, requirement: request, version: null };
  if (/^(git\+|https?:|file:)/.test(request))
    return { ...choice, requirement: `dstack @ ${request}`, version: null };
  if (/\.(whl|tar\.gz)$/.test(request) || request.startsWith('.') || isAbsolute(request)) {
    return {
      ...choice,
      requirement: `dstack @ ${pathToFileURL(resolve(root, request)).href}`,
      version: null,
    };
  }
  throw new Failure({
    code: 'invalid-dstack',
    text: `"${text}" (from ${by}) is no version of dstack.`,
    hint: 'Write a version (0.22.5), a specifier (">=0.21,<0.22") or a reference ("git+https://…", "./dstack.whl").',
  });
}

/** What `uv.lock` holds of dstack; null where it holds nothing of it or several versions for several environments. */
function lockedRequirement(lock: Table | null): { requirement: string; version: string | null } | null {
  const packages = at(lock, 'package');
  const found = Array.isArray(packages)
    ? packages.filter((item) => isTable(item) && item['name'] === 'dstack')
    : [];
  const [only] = found;
  const version = at(only, 'version');
  if (found.length !== 1 || typeof version !== 'string') return null;
  const git = at(only, 'source', 'git');
  if (typeof git !== 'string') return { requirement: `dstack==${version}`, version };
  const [repository, commit] = git.split('#');
  const url = `git+${(repository ?? '').replace(/\?.*$/, '')}`;
  return { requirement: `dstack @ ${commit === undefined ? url : `${url}@${commit}`}`, version: null };
}

/** uv takes no extras in constraints. */
function withoutExtras(requirement: string): string {
  return requirement.replace(/^dstack\s*\[[^\]]*\]/i, 'dstack');
}

/** A requirement of dstack with one more extra. */
export function withExtra(requirement: string, extra: string): string {
  const [, extras = '', rest = ''] = requirement.match(/^dstack\s*(?:\[([^\]]*)\])?(.*)$/i) ?? [];
  const names = new Set(
    [...extras.split(',').map((name) => name.trim()), extra].filter((name) => name !== ''),
  );
  return `dstack[${[...names].join(',')}]${rest}`;
}
