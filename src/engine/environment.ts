import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { textOf } from '../target/folders.ts';
import { parseToml } from '../target/pyproject.ts';
import type { Target } from '../target/target.ts';
import { openCache } from './cache.ts';
import { chooseDstack, type DstackChoice, withExtra } from './choose-dstack.ts';
import type { Engine, EngineRequest } from './engine.ts';
import { hashFiles, layout } from './environment-key.ts';
import { withLock } from './lock.ts';
import { type Building, localFiles, makeEnvironment, withServer } from './make-environment.ts';
import { isCurrent, markUsed, memoFiles, memoPath, readMemo, writeMemo } from './memo.ts';
import type { ProjectFiles } from './requirements.ts';
import { findUv } from './uv.ts';

/**
 * The environment for a target: the kept one if it is current, else one that is built now, beside its place, and renamed into it.
 *
 * @param progress is told what takes time, in one line each
 * @param signal ends it: what runs is killed and what was built is removed; then it throws the signal's reason
 * @throws Failure (exit code 3) that says what can't be installed or found
 */
export async function prepareEngine(
  request: EngineRequest,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Engine> {
  const cache = openCache();
  const { target, refresh } = request;
  const kept = refresh ? null : currentEngine(cache, request);
  if (kept !== null) return kept;
  const uv = await findUv(cache, progress, signal);
  mkdirSync(join(cache, 'projects'), { recursive: true, mode: 0o700 });
  const lock = `${memoPath(cache, target.root, request)}.lock`;
  const waiting = (): void => progress('Waiting for another run that prepares the same environment…');
  return await withLock(lock, waiting, signal, async () => {
    const made = refresh ? null : currentEngine(cache, request);
    return made ?? (await buildKept({ request, cache, uv, progress, signal }));
  });
}

/** The kept environment of a request if it is current, else null. Cheap: it compares bytes and runs nothing. */
export function keptEngine(request: EngineRequest): Engine | null {
  return request.refresh ? null : currentEngine(openCache(), request);
}

function currentEngine(cache: string, request: EngineRequest): Engine | null {
  const memo = readMemo(cache, request.target.root, request);
  if (memo === null || !isCurrent(memo)) return null;
  markUsed(memo.engine);
  return { ...memo.engine, installed: false };
}

async function buildKept(work: Building): Promise<Engine> {
  const { request, cache } = work;
  const { target, configuration } = request;
  // Before anything is read or built: what is edited meanwhile is seen by the next run.
  const ownFiles = memoFiles(target);
  const project = readProject(target);
  const chosen = chooseDstack({
    ...project,
    root: target.root,
    flag: request.dstack,
    ...(request.askedBy === undefined ? {} : { askedBy: request.askedBy }),
    configured: configuration.dstack,
    lock: readLock(target),
  });
  const choice = withServer(request)
    ? { ...chosen, requirement: withExtra(withExtra(chosen.requirement, 'server'), 'aws') }
    : chosen;
  const files = { ...ownFiles, ...hashFiles(target.root, localFiles(choice, target)) };
  const before = request.refresh ? null : readMemo(cache, target.root, request);
  const engine = await buildWith(work, choice, project, before?.resolved ?? null);
  const resolved = choice.version === null ? engine.dstack : null;
  writeMemo(cache, request, { layout, files, target, configuration, engine, resolved });
  return engine;
}

/** What was resolved once for the project is kept, unless the project no longer allows it. */
async function buildWith(
  work: Building,
  choice: DstackChoice,
  project: ProjectFiles,
  resolved: string | null,
): Promise<Engine> {
  if (choice.version !== null || resolved === null) return await makeEnvironment(work, choice, project);
  try {
    const again = { ...choice, constraints: [...choice.constraints, `dstack==${resolved}`] };
    return await makeEnvironment(work, again, project);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return await makeEnvironment(work, choice, project);
  }
}

function readProject(target: Target): ProjectFiles {
  const texts: Record<string, string> = {};
  for (const file of target.dependencyFiles) {
    const text = /(^setup\.(cfg|py)|\.(txt|in))$/.test(file) ? textOf(join(target.root, file)) : null;
    if (text !== null) texts[file] = text;
  }
  const pyproject = textOf(join(target.root, 'pyproject.toml'));
  return { pyproject: pyproject === null ? null : parseToml(pyproject, 'pyproject.toml'), texts };
}

function readLock(target: Target): ReturnType<typeof parseToml> | null {
  const file = target.dependencyFiles.find((name) => /(^|\/)uv\.lock$/.test(name));
  const text = file === undefined ? null : textOf(join(target.root, file));
  return file === undefined || text === null ? null : parseToml(text, file);
}
