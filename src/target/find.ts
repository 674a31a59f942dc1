import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { configurationFile, dependencyFilesIn } from './dependency-files.ts';
import { mentionsPlugins, pluginGroup, startingFolder, textOf, upwards } from './folders.ts';
import { at, isTable, parseToml, type Table } from './pyproject.ts';
import type { Target } from './target.ts';

/**
 * The nearest folder upwards from `from` with a Python project that declares entry points in dstack's group, whatever its build backend,
 * or with a configuration that names a plugin service.
 *
 * @param service whether the command line names a plugin service: then the folder with the configuration or the samples will do, or `from`
 * Throws a {@link Failure} (exit code 3): `no-target` where there is none, `invalid-toml` where its `pyproject.toml` can't be parsed.
 */
export function findTarget(from: string, service = false): Target {
  const start = startingFolder(from);
  for (const folder of upwards(start)) {
    const target = targetIn(folder);
    if (target !== null) return target;
  }
  if (service) return serviceIn(rootOf(start));
  throw new Failure({
    code: 'no-target',
    text: `There is no dstack plugin in ${start}, nor in a folder above it: no Python project there declares entry points in the group ${pluginGroup}, and no dstack-plugin.yml names a plugin service under rest.`,
    exitCode: ExitCode.cannotRun,
    hint: "Run this in the plugin's folder, name a REST plugin with --rest-url or --rest-command, or start one with: npx create-dstack-plugin my-plugin",
  });
}

function targetIn(root: string): Target | null {
  return (mentionsPlugins(root) ? packageIn(root) : null) ?? (namesService(root) ? serviceIn(root) : null);
}

/** A key of the file's top level; what is wrong with the file is said where it is read. */
function namesService(root: string): boolean {
  return /^["']?rest["']?\s*:/m.test(textOf(join(root, configurationFile)) ?? '');
}

/** Where the configuration is, else the samples; else here. */
function rootOf(start: string): string {
  for (const sign of [configurationFile, 'samples']) {
    for (const folder of upwards(start)) if (existsSync(join(folder, sign))) return folder;
  }
  return start;
}

/** A plugin service in any language. What a Python one pins decides on the engine's dstack as well. */
function serviceIn(root: string): Target {
  const text = textOf(join(root, 'pyproject.toml'));
  const parsed = text === null ? null : parseToml(text, shownPath(join(root, 'pyproject.toml')));
  return {
    kind: 'rest',
    root,
    name: nameOf(parsed, root),
    dependencyFiles: [...dependencyFilesIn(root), ...referredFiles(parsed, root)],
  };
}

function packageIn(root: string): Target | null {
  const text = textOf(join(root, 'pyproject.toml'));
  const shown = shownPath(join(root, 'pyproject.toml'));
  const declaredElsewhere = setupDeclares(root);
  const parsed = text === null ? null : parsedIfRelevant(text, shown, declaredElsewhere);
  if (!declaredElsewhere && !(parsed !== null && declares(parsed, root))) return null;
  return {
    kind: 'package',
    root,
    name: nameOf(parsed, root),
    dependencyFiles: [...dependencyFilesIn(root), ...referredFiles(parsed, root)],
  };
}

/** A broken `pyproject.toml` is only worth a failure where it could be the target's. */
function parsedIfRelevant(text: string, shown: string, declaredElsewhere: boolean): Table | null {
  if (!text.includes(pluginGroup) && !declaredElsewhere && !text.includes('entry_points.txt')) return null;
  return parseToml(text, shown);
}

/** `pyproject.toml` declares plugins where any of its tables is dstack's group: each backend has its own place for it. */
function declares(pyproject: Table, root: string): boolean {
  return hasGroup(pyproject) || dynamicEntryPoints(pyproject).some((file) => mentionsGroup(join(root, file)));
}

function hasGroup(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasGroup);
  if (!isTable(value)) return false;
  return Object.entries(value).some(([key, inner]) =>
    key === pluginGroup ? isTable(inner) && Object.keys(inner).length > 0 : hasGroup(inner),
  );
}

/** setuptools can read entry points from a file that `pyproject.toml` names. */
function dynamicEntryPoints(pyproject: Table): string[] {
  const file = at(pyproject, 'tool', 'setuptools', 'dynamic', 'entry-points', 'file');
  return [file].flat().filter((item) => typeof item === 'string');
}

function mentionsGroup(file: string): boolean {
  return textOf(file)?.includes(pluginGroup) ?? false;
}

/** What `setup.py` does can't be known without running it, so that the group's name as a string is enough. */
function setupDeclares(root: string): boolean {
  const cfg = textOf(join(root, 'setup.cfg')) ?? '';
  if (/^\s*dstack\.plugins\s*=/m.test(cfg)) return true;
  if (/^\s*entry_points\s*=\s*file:/m.test(cfg) && mentionsGroup(join(root, 'entry_points.txt'))) return true;
  const setup = (textOf(join(root, 'setup.py')) ?? '').replaceAll(/^\s*(#.*|(from|import)\s.*)$/gm, '');
  return setup.includes(pluginGroup);
}

function nameOf(pyproject: Table | null, root: string): string {
  const declared = [
    at(pyproject, 'project', 'name'),
    at(pyproject, 'tool', 'poetry', 'name'),
    at(pyproject, 'tool', 'flit', 'metadata', 'dist-name'),
    at(pyproject, 'tool', 'flit', 'metadata', 'module'),
    (textOf(join(root, 'setup.cfg')) ?? '').match(/^\[metadata\][^[]*?^name\s*=\s*([\w.-]+)/ms)?.[1],
    (textOf(join(root, 'setup.py')) ?? '').match(/\bname\s*=\s*['"]([\w.-]+)['"]/)?.[1],
  ];
  const name = declared.find((value) => typeof value === 'string' && value !== '');
  return typeof name === 'string' ? name : basename(root);
}

/** Files outside the usual names that decide what is installed: what setuptools reads dynamically, and the workspace that uv locks as a whole. */
function referredFiles(pyproject: Table | null, root: string): string[] {
  const files = new Set<string>();
  const dynamic = at(pyproject, 'tool', 'setuptools', 'dynamic');
  for (const entry of isTable(dynamic) ? Object.values(dynamic) : []) {
    for (const file of [at(entry, 'file')].flat()) if (typeof file === 'string') files.add(file);
  }
  const workspace = workspaceRoot(root);
  if (workspace !== null) {
    for (const name of ['pyproject.toml', 'uv.lock']) {
      files.add(relative(root, join(workspace, name)).split(sep).join('/'));
    }
  }
  const usual = new Set(dependencyFilesIn(root));
  return [...files]
    .filter((file) => !usual.has(file) && !isAbsolute(file) && existsSync(join(root, file)))
    .sort();
}

/** The folder above `root` whose `pyproject.toml` makes a uv workspace, or null. */
export function workspaceRoot(root: string): string | null {
  for (const folder of upwards(dirname(root))) {
    if (textOf(join(folder, 'pyproject.toml'))?.includes('[tool.uv.workspace]')) return folder;
  }
  return null;
}

/** A path as the user should read it: relative to where they are, unless that is longer. */
function shownPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short.length < file.length ? short.split(sep).join('/') : file;
}
