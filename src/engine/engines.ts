import { availableParallelism } from 'node:os';
import { Failure } from '../failure.ts';
import { openCache } from './cache.ts';
import { distinct } from './dstack-list.ts';
import type { Engine, EngineRequest } from './engine.ts';
import { prepareEngine } from './environment.ts';
import { type EnginesFlags, readMemo, writeMemo } from './memo.ts';
import { refuseWindows } from './system.ts';

export interface EnginesRequest extends Omit<EngineRequest, 'dstack' | 'askedBy'>, EnginesFlags {}

/** The engines that can be had, in the order in which they were asked for, and what is wrong with the others. */
export interface PreparedEngines {
  readonly engines: readonly Engine[];
  readonly failures: readonly Failure[];
}

/**
 * An environment for each dstack that was asked for, by the flag or else by the configuration; without either, the one of the project.
 *
 * The first is prepared alone, since it fetches what the others share (uv, most dependencies); the others side by side, as far as the
 * machine has processors.
 *
 * @param progress is told what takes time, in one line each
 * @throws Failure where none can be had, where two of them couldn't be told apart, and on Windows
 */
export async function prepareEngines(
  request: EnginesRequest,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<PreparedEngines> {
  refuseWindows();
  const { dstack, ...common } = request;
  const requests = requestsFor(dstack, request.configuration.dstack).map((one) => ({ ...common, ...one }));
  const results: (Engine | Failure)[] = [];
  const prepare = async (index: number): Promise<void> => {
    const one = requests[index];
    if (one === undefined) return;
    try {
      results[index] = await prepareEngine(one, progress, signal);
    } catch (error) {
      if (!(error instanceof Failure) || requests.length === 1) throw error;
      results[index] = error;
    }
  };
  await prepare(0);
  let next = 1;
  const lane = async (): Promise<void> => {
    while (next < requests.length) await prepare(next++);
  };
  const lanes = Math.min(requests.length - 1, availableParallelism());
  await Promise.all(Array.from({ length: lanes }, lane));

  const failures = results.filter((result) => result instanceof Failure);
  const engines = withoutDuplicates(
    results.filter((result): result is Engine => !(result instanceof Failure)),
  );
  if (engines.length === 0) throw failures[0] ?? new Error('no engine was asked for');
  if (failures.length === 0 && dstack.length === 0 && requests.length > 1) keepList(request, requests[0]);
  return { engines, failures };
}

function requestsFor(
  flags: readonly string[],
  configured: readonly string[],
): readonly Pick<EngineRequest, 'dstack' | 'askedBy'>[] {
  if (flags.length > 0) return distinct(flags).map((dstack) => ({ dstack }));
  if (configured.length < 2) return [{ dstack: null }];
  return distinct(configured).map((dstack) => ({ dstack, askedBy: 'dstack-plugin.yml' }));
}

/** A specifier may come to a version that was asked for as well. What comes from elsewhere and calls itself the same can't be told apart. */
function withoutDuplicates(engines: readonly Engine[]): readonly Engine[] {
  const kept: Engine[] = [];
  for (const engine of engines) {
    const same = kept.find(({ dstack }) => dstack === engine.dstack);
    if (same === undefined) kept.push(engine);
    else if ((same.reference ?? null) !== (engine.reference ?? null)) {
      const source = ({ reference }: Engine): string => reference ?? 'the package index';
      throw new Failure({
        code: 'versions-alike',
        text: `The dstack of ${source(same)} and that of ${source(engine)} both call themselves ${engine.dstack}, so a report couldn't tell them apart.`,
        hint: 'Test them one after the other.',
      });
    }
  }
  return kept;
}

/** The next run without flags learns from this memo, without parsing anything, which versions the configuration names. */
function keepList(request: EnginesRequest, first: EngineRequest | undefined): void {
  const cache = openCache();
  const memo = first === undefined ? null : readMemo(cache, request.target.root, first);
  if (memo !== null) writeMemo(cache, { ...request, dstack: null }, { ...memo, resolved: null });
}
