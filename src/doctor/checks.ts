import { realpathSync } from 'node:fs';
import { existingCache, openCache } from '../engine/cache.ts';
import { runCommand } from '../engine/command.ts';
import { findPython } from '../engine/machine-python.ts';
import { toolEnvironment } from '../engine/package-index.ts';
import { isNewEnough, keptUv, pinnedUv } from '../engine/uv.ts';
import { Failure } from '../failure.ts';
import { findObsolete, selectSamples } from '../replay/samples.ts';
import { readConfiguration } from '../target/configuration.ts';
import { findTarget } from '../target/find.ts';
import type { Target } from '../target/target.ts';
import { newestTestedDstack, toolVersion } from '../version.ts';
import type { Check } from './check.ts';
import { type KeptEnvironment, keptDays, keptEnvironments, unusedEnvironments } from './environments.ts';

/** Says what there is of all that `test` needs, and what is wrong with it. Nothing is made, and nothing of the plugin is run. */
export async function examine(cwd: string, signal: AbortSignal): Promise<readonly Check[]> {
  const cache = existingCache();
  const environments = cache === null ? [] : keptEnvironments(cache);
  const options = { cwd, env: toolEnvironment(process.env), signal };
  const uv = await runCommand('uv', ['--version'], options);
  const onPath = uv.ok && isNewEnough(uv.stdout) ? uv.stdout.trim() : null;
  const kept = cache === null ? null : keptUv(cache);
  return [
    {
      about: 'tool',
      state: 'ok',
      text: `create-dstack-plugin ${toolVersion}, tested with dstack up to ${newestTestedDstack}`,
    },
    { about: 'Node.js', state: 'ok', text: process.versions.node },
    uvCheck(onPath, uv.ok ? uv.stdout.trim() : null, kept),
    await pythonCheck(onPath !== null || kept !== null, options),
    cacheCheck(environments),
    ...(await projectChecks(cwd)),
  ];
}

function uvCheck(onPath: string | null, found: string | null, kept: string | null): Check {
  const about = 'uv';
  if (onPath !== null) return { about, state: 'ok', text: `${onPath}, on PATH` };
  const none = found === null ? 'none on PATH' : `the one on PATH is too old (${found})`;
  if (kept !== null) return { about, state: 'ok', text: `${none}; this tool has a ${pinnedUv} of its own` };
  return { about, state: 'ok', text: `${none}; the first test installs ${pinnedUv} for this tool alone` };
}

async function pythonCheck(uv: boolean, options: Parameters<typeof findPython>[0]): Promise<Check> {
  const about = 'Python';
  try {
    return { about, state: 'ok', text: await findPython(options) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { message: text, hint } = error;
    // uv brings a Python of its own, where it may.
    if (uv) return { about, state: 'note', text };
    return { about, state: 'wrong', text, ...(hint === undefined ? {} : { todo: hint }) };
  }
}

function cacheCheck(environments: readonly KeptEnvironment[]): Check {
  const about = 'cache';
  try {
    const path = openCache();
    const bytes = environments.reduce((sum, each) => sum + each.bytes, 0);
    const unused = unusedEnvironments(environments, new Date());
    const count = `${environments.length} kept ${environments.length === 1 ? 'environment' : 'environments'}`;
    return {
      about,
      state: 'ok',
      text: `${path}: ${count}, ${megabytes(bytes)}`,
      details: environments.map(
        ({ dstack, project, used, bytes: size }) =>
          `dstack ${dstack}  ${megabytes(size)}  used ${used.toISOString().slice(0, 10)}  ${project ?? 'for all projects'}`,
      ),
      ...(unused.length === 0
        ? {}
        : {
            todo: `${unused.length} of them ${unused.length === 1 ? "wasn't" : "weren't"} used for ${keptDays} days; remove with: npx create-dstack-plugin doctor --prune`,
          }),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return wrongOf(about, error);
  }
}

async function projectChecks(cwd: string): Promise<readonly Check[]> {
  let target: Target;
  try {
    target = findTarget(cwd);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code !== 'no-target') return [wrongOf('project', error)];
    return [
      {
        about: 'project',
        state: 'note',
        text: 'there is no dstack plugin in this folder, nor in one above it',
        todo: 'Start one with: npx create-dstack-plugin my-plugin',
      },
    ];
  }
  const kind = target.kind === 'package' ? 'a package plugin' : 'a REST plugin';
  const project: Check = {
    about: 'project',
    state: 'ok',
    text: `${target.name}, ${kind}, in ${target.root}`,
  };
  try {
    const configuration = readConfiguration(target.root);
    const dstack =
      configuration.dstack.length === 0 ? 'what the project allows' : configuration.dstack.join(', ');
    const folder = { root: target.root, configured: configuration.samples };
    return [
      project,
      { about: 'configuration', state: 'ok', text: `dstack ${dstack}` },
      ...(await sampleChecks(folder, realpathSync(cwd))),
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [project, wrongOf('configuration', error)];
  }
}

async function sampleChecks(
  folder: Parameters<typeof findObsolete>[0],
  cwd: string,
): Promise<readonly Check[]> {
  try {
    const samples = await selectSamples({ ...folder, cwd, args: [] });
    const obsolete = await findObsolete(folder);
    const text = `${samples.length} ${samples.length === 1 ? 'sample' : 'samples'}`;
    if (obsolete.length === 0) return [{ about: 'samples', state: 'ok', text }];
    return [
      {
        about: 'samples',
        state: 'note',
        text: `${text}, and ${obsolete.length} expectations whose sample is gone`,
        todo: 'See which with: npx create-dstack-plugin test',
      },
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [wrongOf('samples', error)];
  }
}

function wrongOf(about: string, { message, hint, place, exitCode }: Failure): Check {
  const at = place === undefined ? '' : `${place.file}${place.line === undefined ? '' : `:${place.line}`}: `;
  const todo = hint === undefined ? {} : { todo: hint };
  return { about, state: 'wrong', text: `${at}${message}`, exitCode, ...todo };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}
