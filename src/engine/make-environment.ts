import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../target/target.ts';
import { cloneEnvironment, mayShareBase, shareBytecode } from './base.ts';
import { type BuildRequest, type Built, environmentIn, install, installUpon } from './build.ts';
import type { DstackChoice } from './choose-dstack.ts';
import type { CommandOptions } from './command.ts';
import type { Engine, EngineRequest } from './engine.ts';
import { environmentName, hashFiles, layout } from './environment-key.ts';
import { isGone, self, withLock } from './lock.ts';
import { makeVenv, pythonOf } from './make-venv.ts';
import { manifestPath, markUsed } from './memo.ts';
import { distInfos, sitePackagesOf } from './metadata.ts';
import { toolEnvironment } from './package-index.ts';
import { type ProjectFiles, requiredPython } from './requirements.ts';

/** An environment without anything in it, and the full version of its Python. */
interface EmptyEnvironment {
  readonly folder: string;
  readonly pythonVersion: string;
}

/** What an environment is made for, and with. */
export interface Building {
  readonly request: EngineRequest;
  readonly cache: string;
  readonly uv: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  /** Taken in place of one that would be made. */
  readonly empty?: EmptyEnvironment;
  readonly meanwhile?: (environment: string) => Promise<void>;
}

/**
 * The environment that holds a chosen dstack and the target: one that is there, else one that is made beside its place, and renamed into it.
 *
 * @throws Failure (exit code 3) that says what can't be installed or found
 */
export async function makeEnvironment(
  work: Building,
  choice: DstackChoice,
  project: ProjectFiles,
): Promise<Engine> {
  const { request, cache, uv, progress, signal } = work;
  const { target, configuration } = request;
  const engines = join(cache, 'engines');
  const building = join(engines, `.building-${self()}-${randomBytes(4).toString('hex')}`);
  mkdirSync(building, { recursive: true, mode: 0o700 });
  // An interruption doesn't come back here: what writes into the folder is killed, and the process exits.
  const removeNow = (): void => rmSync(building, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeNow);
  try {
    await removeAbandoned(engines);
    // uv and the backends that it runs leave locks in the folder for temporary files; this one is removed with the rest.
    const temporary = join(building, 'tmp');
    mkdirSync(temporary);
    const env = { ...toolEnvironment(process.env), TMPDIR: temporary, TMP: temporary, TEMP: temporary };
    const options = { cwd: building, env, signal };
    const environment = environmentIn(building);
    const python = request.python ?? configuration.python;
    const pythonVersion =
      takeOver(work.empty, environment) ??
      (await makeVenv({ uv, folder: environment, python, requiresPython: requiredPython(project) }, options));
    const name = (dstack: string): string => keptName(request, choice, dstack, pythonVersion);
    const already = choice.version === null ? null : reusable(join(engines, name(choice.version)), choice);
    if (already !== null) return already;
    const meanwhile = async (): Promise<void> => await work.meanwhile?.(environment);
    const settled = { uv, target, choice, building, cache, meanwhile };
    let built: (Built & { readonly base: string | null }) | null = await installedUponBase(
      work,
      settled,
      project,
      pythonVersion,
      options,
    );
    if (built === null) {
      const whom = target.kind === 'rest' ? 'all projects' : 'this project';
      progress(`Installing ${inWords(choice)} into a kept environment (once for ${whom})…`);
      built = { ...(await install(settled, options)), base: null };
    }
    const folder = join(engines, name(built.dstack));
    const engine = {
      ...built,
      folder,
      python: pythonOf(folder),
      pythonVersion,
      dstackChosenBy: choice.by,
      reference: referenceOf(choice),
      installed: true,
    };
    writeFileSync(
      manifestPath(environment),
      `${JSON.stringify({ layout, root: target.root, engine }, null, 2)}\n`,
    );
    signal.throwIfAborted();
    return putInPlace(environment, engine) ?? reusable(folder, choice) ?? engine;
  } finally {
    await rm(building, { recursive: true, force: true, maxRetries: 5 });
    process.removeListener('exit', removeNow);
  }
}

/**
 * The target in an environment with the files of the one that holds the chosen dstack alone.
 *
 * @returns null where it may not be made so, or would not be what it is when it is made from nothing: then the environment is empty
 */
async function installedUponBase(
  work: Building,
  settled: BuildRequest,
  project: ProjectFiles,
  python: string,
  options: CommandOptions,
): Promise<(Built & { readonly base: string }) | null> {
  const { choice, target, building, uv } = settled;
  if (work.request.refresh || !mayShareBase(target, choice, project)) return null;
  const environment = environmentIn(building);
  let upon: Upon = { installed: [], built: null, error: null };
  const installBeside = async (from: string): Promise<void> => {
    work.progress(`Installing ${target.name} beside ${inWords(choice)} (once for this project)…`);
    const installed = distInfos(sitePackagesOf(from));
    try {
      cloneEnvironment(from, environment);
      upon = { installed, built: await installUpon(settled, options), error: null };
    } catch (error) {
      upon = { installed, built: null, error };
    }
  };
  const empty = { folder: environment, pythonVersion: python };
  const { folder: base } = await baseFor(
    { ...work, empty, meanwhile: installBeside },
    choice,
    project,
    python,
  );
  // To be usable it may have needed more than was there then.
  if (distInfos(sitePackagesOf(base)).join() !== upon.installed.join()) await installBeside(base);
  if (upon.error !== null) throw upon.error;
  if (upon.built !== null) {
    shareBytecode(base, environment);
    return { ...upon.built, base };
  }
  rmSync(environment, { recursive: true, force: true });
  await makeVenv({ uv, folder: environment, python, requiresPython: null }, options);
  return null;
}

/** What came of an install upon an environment with these distributions. */
interface Upon {
  readonly installed: readonly string[];
  readonly built: Built | null;
  readonly error: unknown;
}

/** Moves an empty environment; null where there is none to be had. */
function takeOver(empty: EmptyEnvironment | undefined, to: string): string | null {
  if (empty === undefined) return null;
  renameSync(empty.folder, to);
  return empty.pythonVersion;
}

/** The environment that holds the chosen dstack alone, made where there is none: that of any project of which nothing is installed. */
async function baseFor(
  work: Building,
  choice: DstackChoice,
  project: ProjectFiles,
  python: string,
): Promise<Engine> {
  const { request, cache, progress, signal } = work;
  const target = { ...request.target, kind: 'rest', dependencyFiles: [] } as const;
  const bare = { ...request, target, python };
  const folder = join(cache, 'engines', keptName(bare, choice, choice.version ?? '', python));
  const waiting = (): void => progress('Waiting for another run that installs the same dstack…');
  return (
    reusable(folder, choice) ??
    (await withLock(`${folder}.lock`, waiting, signal, async () => {
      return await makeEnvironment({ ...work, request: bare }, choice, project);
    }))
  );
}

/** Whether the environment needs dstack's server. */
export function withServer({ serverChecks = false, configuration }: EngineRequest): boolean {
  return serverChecks || configuration.serverChecks;
}

function referenceOf({ requirement }: DstackChoice): string | null {
  return requirement.includes('@') ? requirement : null;
}

/** The wheel or archive that a dstack is installed from, relative to the root: it may be built anew under its name. */
export function localFiles({ requirement }: DstackChoice, { root }: Target): readonly string[] {
  const url = /@\s*(file:\S+)/.exec(requirement)?.[1];
  if (url === undefined) return [];
  const path = fileURLToPath(url);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? [relative(root, path)] : [];
}

/** A refreshed environment gets a name of its own, since a run may be using the one that it replaces. */
function keptName(request: EngineRequest, choice: DstackChoice, dstack: string, python: string): string {
  const { target } = request;
  const local = localFiles(choice, target);
  // Where nothing of the target is installed, every project shares the environment.
  const decisive = target.kind === 'rest' ? local : [...target.dependencyFiles, ...local];
  const files = hashFiles(target.root, decisive);
  const reference = referenceOf(choice);
  const contents = withServer(request) ? `${dstack}[server,aws]` : dstack;
  const name = environmentName({ target, files, dstack: contents, reference, python });
  return request.refresh ? `${name}-${randomBytes(4).toString('hex')}` : name;
}

/** Renames an environment into its place; null where another one is there that can be used. */
function putInPlace(environment: string, engine: Engine): Engine | null {
  if (existsSync(engine.folder)) {
    if (isWhole(engine.folder)) return null;
    rmSync(engine.folder, { recursive: true, force: true });
  }
  renameSync(environment, engine.folder);
  return engine;
}

function reusable(folder: string, choice: DstackChoice): Engine | null {
  if (!isWhole(folder)) return null;
  const { engine } = JSON.parse(readFileSync(manifestPath(folder), 'utf8')) as { engine: Engine }; // only written by build
  markUsed(engine);
  return { ...engine, dstackChosenBy: choice.by, installed: false };
}

/** An environment whose Python was removed from the machine is none any more. */
function isWhole(folder: string): boolean {
  return existsSync(manifestPath(folder)) && existsSync(pythonOf(folder));
}

async function removeAbandoned(engines: string): Promise<void> {
  for (const name of readdirSync(engines)) {
    const who = name.match(/^\.building-(.+)-[0-9a-f]+$/)?.[1];
    if (who === undefined) continue;
    const folder = join(engines, name);
    const day = 24 * 3_600_000;
    const lastSign = (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) + day;
    if (isGone(who, lastSign))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

function inWords(choice: DstackChoice): string {
  if (choice.version !== null) return `dstack ${choice.version}`;
  return choice.requirement === 'dstack' ? 'the newest dstack that the project allows' : choice.requirement;
}
