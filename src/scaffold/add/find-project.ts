import { existsSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { dstackRequirements } from '../../engine/requirements.ts';
import { formatContext } from '../../replay/context.ts';
import { type Configuration, readConfiguration } from '../../target/configuration.ts';
import { findTarget } from '../../target/find.ts';
import { textOf } from '../../target/folders.ts';
import { at, parseToml, type Table } from '../../target/pyproject.ts';
import type { Target } from '../../target/target.ts';
import { type Answers, defaultDescription, type Language } from '../answers.ts';
import { readRecord } from '../read-record.ts';
import { type ProjectRecord, recordPath } from '../record.ts';
import type { PackageFacts } from '../service/service-files.ts';
import { checkDescription } from '../texts.ts';
import { packageFolder, pluginClassOf, pluginEntryPoints } from './find-plugin-class.ts';
import type { Project } from './project.ts';

/** What a project's files don't say. */
export interface Defaults {
  readonly dstack: string;
  readonly tool: string;
}

/**
 * The plugin project of a folder, or of one above it. Its files are read, and nothing of it is run.
 *
 * @throws Failure where there is none, or a file that says what it is can't be read
 */
export function findProject(from: string, defaults: Defaults): Project {
  const target = findTarget(from);
  const read = (path: string): string | null => textOf(join(target.root, path));
  const recorded = read(recordPath);
  const pyprojectText = read('pyproject.toml');
  const pyproject = pyprojectText === null ? null : parseToml(pyprojectText, 'pyproject.toml');
  const entryPoints = Object.values(pluginEntryPoints(pyproject));
  const [entryPoint] = entryPoints;
  const record =
    recorded === null ? madeUp(target, pyproject, entryPoint ?? null, defaults) : readRecord(recorded);
  const isFolder = (path: string): boolean =>
    statSync(join(target.root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const configuration = readConfiguration(target.root);
  return {
    directory: target.root,
    shown: relative(from, target.root).split(sep).join('/') || '.',
    record,
    recorded: recorded !== null,
    answers: { ...record.answers, tool: record.tool },
    layout: {
      package: packageFolder(record.answers.module, isFolder),
      tests: record.scope === 'project' ? 'tests' : 'tests/policies',
      samples: configuration.samples ?? 'samples',
    },
    facts: factsOf(pyproject, configuration),
    // Which of several is meant can't be told.
    plugin: entryPoint === undefined || entryPoints.length > 1 ? null : pluginClassOf(entryPoint, read),
    read,
  };
}

function factsOf(pyproject: Table | null, configuration: Configuration): PackageFacts {
  const { replayAs, env, serverEnv, passEnv } = configuration;
  const requires = at(pyproject, 'project', 'requires-python');
  const contexts = replayAs.map(formatContext);
  const unlessEmpty = (values: Readonly<Record<string, string>>) =>
    Object.keys(values).length === 0 ? null : values;
  return {
    requiresPython: typeof requires === 'string' ? requires : null,
    replayAs: contexts.join() === 'admin@main' ? null : contexts,
    env: unlessEmpty(env),
    serverEnv: unlessEmpty(serverEnv),
    passEnv: passEnv.length === 0 ? null : passEnv,
  };
}

function madeUp(
  target: Target,
  pyproject: Table | null,
  entryPoint: string | null,
  defaults: Defaults,
): ProjectRecord {
  const module = /^\w+/.exec(entryPoint ?? '')?.[0] ?? target.name.replace(/\W+/g, '_').toLowerCase();
  const description = at(pyproject, 'project', 'description');
  const checked = typeof description === 'string' ? checkDescription(description) : null;
  return {
    tool: defaults.tool,
    scope: 'additions',
    answers: {
      kind: target.kind,
      language: target.kind === 'package' ? 'python' : languageOf(target.root),
      name: target.name,
      module: /^[A-Za-z_]/.test(module) ? module : `_${module}`,
      description: checked?.ok === true ? checked.value : defaultDescription,
      author: null,
      policies: [],
      parts: [],
      dstack: dstackOf(target.root, pyproject) ?? defaults.dstack,
    },
    files: {},
  };
}

/** Of a plugin service, by what its tools need. */
function languageOf(root: string): Language {
  if (existsSync(join(root, 'go.mod'))) return 'go';
  return existsSync(join(root, 'package.json')) ? 'typescript' : 'python';
}

/** The version that the project is for, where it says one. */
function dstackOf(root: string, pyproject: Table | null): Answers['dstack'] | null {
  const version = /^\d+\.\d+(?:\.\d+)?(?:\w*\d)?$/;
  const [configured] = readConfiguration(root).dstack;
  if (configured !== undefined && version.test(configured)) return configured;
  return dstackRequirements({ pyproject, texts: {} }).find(({ pin }) => pin !== null)?.pin ?? null;
}
