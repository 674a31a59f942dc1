import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { workspaceRoot } from '../target/find.ts';
import { textOf } from '../target/folders.ts';
import type { Target } from '../target/target.ts';
import type { DstackChoice } from './choose-dstack.ts';
import { type CommandOptions, runCommand } from './command.ts';
import { copyProject } from './copy.ts';
import { makeImportable } from './importable.ts';
import { dstackTooOld, installFailure } from './install-failure.ts';
import { lockConstraints } from './lock-constraints.ts';
import { pythonOf } from './make-venv.ts';
import { distributionFrom, distributionNamed, sitePackagesOf } from './metadata.ts';
import { relocate } from './relocate.ts';

export interface BuildRequest {
  readonly uv: string;
  readonly target: Target;
  readonly choice: DstackChoice;
  /** The folder in which everything is built, of this process alone. The environment lies in {@link environmentIn} of it. */
  readonly building: string;
  readonly cache: string;
  /** Runs while it is tried whether the dstack that was installed alone can be used. Never rejects. */
  readonly meanwhile: () => Promise<void>;
}

/** What an install brought into the environment. */
export interface Built {
  readonly dstack: string;
  readonly distribution: string;
  readonly plugins: readonly string[];
}

/** The environment's folder while it is built. */
export function environmentIn(building: string): string {
  return join(building, 'environment');
}

/**
 * Installs dstack and the target, importable from where it lies, into an environment that is there and empty. Build backends see a copy
 * of the target, so its own tree stays as it is. Throws a {@link Failure} (exit code 3) that says what can't be installed and why.
 */
export async function install(request: BuildRequest, options: CommandOptions): Promise<Built> {
  if (request.target.kind === 'rest') return await installDstack(request, options);
  const { distribution, plugins } = await installProject(request, false, options);
  return { dstack: await usableDstack(request, options), distribution, plugins };
}

/**
 * Installs the target into an environment that is there and holds dstack.
 *
 * @returns null where that took something away which was there before: then the environment isn't what an empty one would have become
 * @throws Failure (exit code 3) as {@link install} does
 */
export async function installUpon(request: BuildRequest, options: CommandOptions): Promise<Built | null> {
  const sitePackages = sitePackagesOf(environmentIn(request.building));
  const before = readdirSync(sitePackages);
  const dstack = distributionNamed(sitePackages, 'dstack');
  if (dstack === null) throw new Error('there is no dstack to install upon');
  const { distribution, plugins } = await installProject(request, true, options);
  const after = readdirSync(sitePackages);
  const left = new Set(after);
  if (!before.every((name) => left.has(name))) return null;
  const old = new Set(before);
  const packages = after.filter((name) => !old.has(name) && !/\.(dist-info|pth)$/.test(name));
  await compile(
    packages.map((name) => join(sitePackages, name)),
    request,
    options,
  );
  return { dstack: dstack.version, distribution, plugins };
}

/**
 * Compiles what the project brought: its processes write no bytecode, and not all that it imports is imported for them by one that does.
 * What can't be compiled is left as it is, as uv does.
 */
async function compile(
  paths: readonly string[],
  { building }: BuildRequest,
  options: CommandOptions,
): Promise<void> {
  if (paths.length === 0) return;
  const python = pythonOf(environmentIn(building));
  await runCommand(python, ['-I', '-m', 'compileall', '-q', '-j', '0', ...paths], options);
}

/** `beside`: dstack is there. */
async function installProject(
  request: BuildRequest,
  beside: boolean,
  options: CommandOptions,
): Promise<Omit<Built, 'dstack'>> {
  const { target, building, choice } = request;
  const environment = environmentIn(building);
  // Tools that look for settings above a project stop at a `.git`: none of what lies above the cache folder is the project's.
  mkdirSync(join(building, '.git'), { recursive: true });
  const copy = await copyProject(
    target.root,
    join(building, 'project'),
    levelsAbove(target),
    request.cache,
    options.signal,
  );
  const locked = target.dependencyFiles.some((file) => /(^|\/)uv\.lock$/.test(file))
    ? await lockConstraints(
        {
          uv: request.uv,
          folder: copy.folder,
          python: pythonOf(environment),
          dstack: [choice.requirement, ...choice.constraints],
          building,
        },
        options,
      )
    : [];
  // uv takes the settings of the package index from the folder that it runs in.
  const here = { ...options, cwd: copy.folder, env: { ...pretendVersions(target), ...options.env } };
  if (!beside || !(await installAlone(request, copy.folder, here))) {
    const more = [...(beside ? [] : ['--compile-bytecode']), '--editable', copy.folder];
    const result = await pipInstall(request, [...choice.constraints, ...locked], more, here);
    if (!result.ok) {
      const output = result.output.replaceAll(copy.prefix, copy.original);
      throw installFailure({ ...choice, project: target.name, output });
    }
  }
  const sitePackages = sitePackagesOf(environment);
  const installed = distributionFrom(sitePackages, copy.folder);
  if (installed === null) throw new Error(`uv installed ${target.root}, but no metadata says so`);
  if (installed.plugins.length === 0) throw noPlugins(target);
  relocate(sitePackages, copy);
  return { distribution: installed.name, plugins: installed.plugins };
}

/**
 * Installs the project and nothing else, which asks no index for anything but what builds it.
 *
 * @returns false where that doesn't do: it needs what isn't there, or it can't be built, which the whole install then tells
 */
async function installAlone(
  { uv, building }: BuildRequest,
  folder: string,
  options: CommandOptions,
): Promise<boolean> {
  const where = ['--python', pythonOf(environmentIn(building)), '--no-progress', '--color', 'never'];
  const alone = await runCommand(
    uv,
    ['pip', 'install', ...where, '--no-deps', '--editable', folder],
    options,
  );
  return alone.ok && (await runCommand(uv, ['pip', 'check', ...where], options)).ok;
}

/**
 * dstack alone, for a target of which nothing runs in the environment. The worker compiles what it imports, a fifth of the whole, when it is
 * tried; a server would go without.
 */
async function installDstack(request: BuildRequest, options: CommandOptions): Promise<Built> {
  const { target, choice } = request;
  const how = /\[[^\]]*server/.test(choice.requirement) ? ['--compile-bytecode'] : [];
  const result = await pipInstall(request, choice.constraints, how, { ...options, cwd: target.root });
  if (!result.ok) throw installFailure({ ...choice, project: target.name, output: result.output });
  const trying = usableDstack(request, options);
  const [tried] = await Promise.allSettled([trying, request.meanwhile()]);
  if (tried.status === 'rejected') throw tried.reason;
  return { dstack: tried.value, distribution: target.name, plugins: [] };
}

/** Installs the dstack that was chosen, and what else is named, into the environment. */
function pipInstall(
  { uv, building, choice }: BuildRequest,
  constraints: readonly string[],
  more: readonly string[],
  options: CommandOptions,
): ReturnType<typeof runCommand> {
  const file = join(building, 'constraints.txt');
  writeFileSync(file, constraints.map((line) => `${line}\n`).join(''));
  const python = pythonOf(environmentIn(building));
  const how = ['--no-progress', '--color', 'never'];
  const held = constraints.length > 0 ? ['--constraint', file] : [];
  return runCommand(
    uv,
    ['pip', 'install', '--python', python, ...how, ...held, choice.requirement, ...more],
    options,
  );
}

/** The version of the dstack that was installed: one that has plugins, and can be imported. */
async function usableDstack(
  { uv, building, choice }: BuildRequest,
  options: CommandOptions,
): Promise<string> {
  const environment = environmentIn(building);
  const sitePackages = sitePackagesOf(environment);
  const dstack = distributionNamed(sitePackages, 'dstack');
  if (dstack === null) throw new Error('uv installed no dstack');
  if (!existsSync(join(sitePackages, 'dstack', 'plugins'))) throw tooOld(dstack.version);
  const { requirement } = choice;
  await makeImportable({ uv, environment, requirement, dstack: dstack.version, building }, options);
  return dstack.version;
}

/** How far above the root the project's files refer to: `../lib` is one level, a workspace as many as its root is away. */
function levelsAbove(target: Target): number {
  const texts = target.dependencyFiles
    .filter((file) => !file.startsWith('..') && !file.endsWith('.lock'))
    .map((file) => textOf(join(target.root, file)) ?? '');
  const climbs = texts.flatMap((text) => text.match(/(\.\.[\\/]?)+/g) ?? []);
  const levels = climbs.map((climb) => climb.split('..').length - 1);
  const workspace = texts.some((text) => /\bworkspace\s*=\s*true\b/.test(text))
    ? workspaceRoot(target.root)
    : null;
  if (workspace !== null) {
    levels.push(target.root.slice(workspace.length).split(/[\\/]/).filter(Boolean).length);
  }
  return Math.min(4, Math.max(0, ...levels));
}

/** The copy has no history that a version could be taken from; a version that the caller sets comes first. */
function pretendVersions(target: Target): Record<string, string> {
  const texts = target.dependencyFiles.map((file) =>
    /^(pyproject\.toml|setup\.(py|cfg))$/.test(file) ? readFileSync(join(target.root, file), 'utf8') : '',
  );
  const says = (word: RegExp): boolean => texts.some((text) => word.test(text));
  const version = '0.0.0';
  // Only what the project uses is set: a dependency that is built from source takes such a version for its own as well.
  return {
    ...(says(/setuptools[_-]scm|hatch-vcs|vcs-versioning/)
      ? { SETUPTOOLS_SCM_PRETEND_VERSION: version }
      : {}),
    ...(says(/pdm-backend|pdm\.backend/) ? { PDM_BUILD_SCM_VERSION: version } : {}),
    ...(says(/poetry-dynamic-versioning/) ? { POETRY_DYNAMIC_VERSIONING_BYPASS: version } : {}),
    ...(says(/uv-dynamic-versioning/) ? { UV_DYNAMIC_VERSIONING_BYPASS: version } : {}),
    ...(says(/\bpbr\b/) ? { PBR_VERSION: version } : {}),
  };
}

function noPlugins(target: Target): Failure {
  return new Failure({
    code: 'no-plugins',
    text: `${target.name} declares no entry point in the group dstack.plugins once it is built, so the server would find no plugin in it.`,
    exitCode: ExitCode.cannotRun,
    hint: 'Declare one, such as: [project.entry-points."dstack.plugins"] my_plugin = "my_plugin:Plugin"',
  });
}

function tooOld(version: string): Failure {
  return dstackTooOld(`dstack ${version} is too old: it has no plugins yet.`);
}
