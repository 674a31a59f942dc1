import type { Worker } from '../engine/worker.ts';
import { Failure } from '../failure.ts';
import { sameContext } from './context.ts';
import type { Finding, Replay } from './model.ts';
import { CommonForm } from './normalise.ts';
import type { PlannedSample } from './planned.ts';
import { type Replayed, type ReplaySettings, replayAll } from './replaying.ts';
import { checkFor, refuseWrongSpecifiers, type VersionTable, versionTable } from './version-table.ts';

/** A version of dstack with the worker of its engine. */
export interface VersionWorker {
  readonly dstack: string;
  readonly worker: Worker;
  /** Where the dummy task of `dstack offer` is kept, absolute. */
  readonly offerCache: string;
}

/** What came of all versions, and what was learnt of them on the way. */
export interface ReplayedAcross extends Replayed {
  readonly versions: VersionTable;
}

/**
 * Replays samples on each of several versions of dstack at once. The specs of all are compared in the form of the newest; the replays of a
 * sample come by context, then from the oldest version to the newest.
 *
 * @throws Failure (exit code 3) where no worker can run; of several, those that can't are among the failures instead
 */
export async function replayAcross(
  engines: readonly VersionWorker[],
  planned: readonly PlannedSample[],
  request: ReplaySettings,
): Promise<ReplayedAcross> {
  const { able, failures: broken } = await ableOf(engines);
  const [any] = able;
  if (any === undefined) throw broken[0] ?? new Error('there is no engine to replay on');
  const versions = await versionTable(
    any.worker,
    able.map(({ dstack }) => dstack),
    planned,
  );
  const { sound, failures } = withSoundSpecifiers(planned, versions);
  const newest = able.find(({ dstack }) => dstack === versions.ordered.at(-1)) ?? any;
  const form = new CommonForm(newest);
  const results = await Promise.allSettled(
    able.map(({ worker, dstack, offerCache }) =>
      replayAll(
        worker,
        sound,
        { ...request, offerCache },
        {
          dstack,
          holds: checkFor(versions, dstack),
          ...(dstack === newest.dstack ? {} : { inCommonForm: (replies) => form.of(replies, dstack) }),
        },
      ),
    ),
  );
  const done: { readonly dstack: string; readonly replayed: Replayed }[] = [];
  for (const [index, result] of results.entries()) {
    const dstack = able[index]?.dstack ?? '';
    if (result.status === 'fulfilled') done.push({ dstack, replayed: result.value });
    else if (result.reason instanceof Failure && able.length > 1)
      broken.push(onVersion(result.reason, dstack));
    else throw result.reason;
  }
  const merged = merge(done, sound, versions);
  return {
    ...merged,
    versions,
    bySample: planned.map((sample) => merged.bySample[sound.indexOf(sample)] ?? []),
    failures: [...broken, ...failures, ...merged.failures],
  };
}

/** The engines whose worker runs. A single one isn't waited for: its first batch says what is wrong with it. */
async function ableOf(
  engines: readonly VersionWorker[],
): Promise<{ readonly able: readonly VersionWorker[]; readonly failures: Failure[] }> {
  if (engines.length < 2) return { able: engines, failures: [] };
  const ready = await Promise.allSettled(engines.map(({ worker }) => worker.ready));
  const failures: Failure[] = [];
  const able = engines.filter(({ dstack }, index) => {
    const result = ready[index];
    if (result?.status !== 'rejected') return true;
    if (!(result.reason instanceof Failure)) throw result.reason;
    failures.push(onVersion(result.reason, dstack));
    return false;
  });
  return { able, failures };
}

function withSoundSpecifiers(
  planned: readonly PlannedSample[],
  versions: VersionTable,
): { readonly sound: readonly PlannedSample[]; readonly failures: readonly Failure[] } {
  const failures: Failure[] = [];
  const sound = planned.filter(({ expectation }) => {
    try {
      refuseWrongSpecifiers(expectation, versions);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      return false;
    }
  });
  return { sound, failures };
}

/** What is wrong on each version alike is said once. */
function merge(
  done: readonly { readonly dstack: string; readonly replayed: Replayed }[],
  planned: readonly PlannedSample[],
  { ordered }: VersionTable,
): Replayed {
  const sorted = done.toSorted((a, b) => ordered.indexOf(a.dstack) - ordered.indexOf(b.dstack));
  const bySample = planned.map(({ contexts }, index) => {
    const replays = sorted.flatMap(({ replayed }) => replayed.bySample[index] ?? []);
    const place = (replay: Replay): number => contexts.findIndex((context) => sameContext(context, replay));
    return replays.toSorted((a, b) => place(a) - place(b)); // stable: versions stay in order
  });
  const failures = new Map<string, { readonly failure: Failure; readonly on: string[] }>();
  for (const { dstack, replayed } of sorted) {
    for (const failure of replayed.failures) {
      const key = JSON.stringify([failure.code, failure.message, failure.place]);
      const known = failures.get(key);
      if (known === undefined) failures.set(key, { failure, on: [dstack] });
      else if (known.on.at(-1) !== dstack) known.on.push(dstack);
    }
  }
  return {
    bySample,
    builtin: sorted.flatMap(({ replayed }) => replayed.builtin),
    noOffer: noOfferOf(sorted),
    judging: sorted.reduce((sum, { replayed }) => sum + replayed.judging, 0),
    unexercised: sameFindings(sorted.flatMap(({ replayed }) => replayed.unexercised)),
    failures: [...failures.values()].map(({ failure, on }) =>
      on.length === done.length ? failure : onVersion(failure, on.join(', ')),
    ),
  };
}

/** Why there is no built-in sample, where no version has one. */
function noOfferOf(done: readonly { readonly replayed: Replayed }[]): string | null {
  const reasons = done.map(({ replayed }) => replayed.noOffer);
  return reasons.includes(null) ? null : (reasons.at(-1) ?? null);
}

/** The samples of a run are the same on each version, and mostly what they leave untested is, too. */
function sameFindings(findings: readonly Finding[]): readonly Finding[] {
  const keys = findings.map((finding) => JSON.stringify(finding));
  return findings.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/** A failure that some versions have and others don't. */
function onVersion(failure: Failure, versions: string): Failure {
  return failure.retold(`On dstack ${versions}: ${failure.message}`);
}
