import { relative, sep } from 'node:path';
import type { LoadProblem, ReplayAnswer, ReplayRequest, SampleAnswer } from '../engine/protocol.ts';
import type { Worker } from '../engine/worker.ts';
import { ExitCode, Failure } from '../failure.ts';
import type { Chain } from './chain.ts';
import type { VersionCheck } from './expectation/expectation.ts';
import { Exercise } from './findings/exercise.ts';
import { type Mask, maskOf } from './mask.ts';
import type { Finding, Replay } from './model.ts';
import type { AnswerOfKind } from './normalise.ts';
import type { PlannedSample } from './planned.ts';
import { replayOf } from './repeated.ts';
import type { ReplayCircumstances } from './verdicts.ts';

/** The number of the built-in sample in the worker's answers. */
const offerSample = -1;

/** What the worker needs besides the samples, and the profile of every context without one of its own. */
export interface ReplaySettings extends Omit<ReplayRequest, 'do' | 'id' | 'samples'> {
  readonly profile: string | null;
  /** Called for each replay as soon as it is there. */
  readonly onReplay?: () => void;
  /** Whether the whole specs are kept with the replays. */
  readonly keepSpecs?: boolean;
  /** The lines of the plugin service's log between two places in it, in bytes; the end, where the second is null. */
  readonly readServiceLog?: (from: number, to: number | null) => readonly string[];
}

/** What came of a batch. Replays are in the order of samples and contexts, whatever was answered first. */
export interface Replayed {
  /** One list for each planned sample, in its order. */
  readonly bySample: readonly (readonly Replay[])[];
  /** Replays of samples that come with dstack: the dummy task of `dstack offer`. */
  readonly builtin: readonly Replay[];
  /** Why there is no built-in sample, where one was asked for. */
  readonly noOffer: string | null;
  /** What the samples together leave untested in the policies. */
  readonly unexercised: readonly Finding[];
  readonly failures: readonly Failure[];
  /** Milliseconds that it took to make replays of answers: changes, blame, findings, verdicts. */
  readonly judging: number;
}

/** A version of dstack in a run. */
export interface ReplayedVersion {
  readonly dstack: string;
  /** Decides on entries that are for certain versions only. */
  readonly holds?: VersionCheck;
  /** Brings answers into the form in which the versions of a run are compared; without it, they are in it. */
  readonly inCommonForm?: (replies: readonly AnswerOfKind[]) => Promise<readonly ReplayAnswer[]>;
}

/**
 * Replays samples through the plugins of an engine, and holds each result against what is expected.
 *
 * @param request what the worker needs besides the samples
 * @param version the engine's version, and how it is held against the others of the run
 * @throws Failure (exit code 3) where the worker can't run; samples and plugins that can't are among the failures instead
 */
export async function replayAll(
  worker: Worker,
  planned: readonly PlannedSample[],
  { profile, onReplay, keepSpecs = false, readServiceLog, ...request }: ReplaySettings,
  version: ReplayedVersion,
): Promise<Replayed> {
  const about = new Map<number, { readonly answer: SampleAnswer; readonly mask: Mask }>();
  const replays = planned.map((): Replay[] => []);
  const builtin: Replay[] = [];
  const exercise = new Exercise();
  let noOffer: string | null = null;
  let chain: Chain = { root: request.root, policies: [] };
  const notReplayed: OfSample[] = [];
  const notJudged: OfSample[] = [];
  const waiting: Reply[] = [];
  let judging = 0;
  const judge = ({ answer, circumstances: of }: Reply): void => {
    const began = performance.now();
    try {
      const replay = replayOf(answer, of);
      if (replay.builtin) {
        builtin.push(replay);
        return;
      }
      exercise.add(answer, of.chain, of.kind);
      const list = replays[answer.sample];
      if (list !== undefined) list[answer.context] = replay;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      notJudged.push({ sample: answer.sample, failure: error });
    } finally {
      judging += performance.now() - began;
    }
  };
  const samples = planned.map(({ sample, contexts }) => ({
    file: sample.file,
    configurationPath: sample.path,
    contexts: contexts.map((context) => ({ ...context, profile: context.profile ?? profile })),
  }));
  // What a service logs after it has answered belongs to what it answered, so a replay is judged when the next one has begun.
  let last: Reply | null = null;
  const settle = (logEnd: number | null): void => {
    if (last === null) return;
    const from = last.answer.serviceLog?.[0];
    const lines = from === undefined ? undefined : readServiceLog?.(from, logEnd);
    const reply =
      lines === undefined ? last : { ...last, circumstances: { ...last.circumstances, serviceLog: lines } };
    last = null;
    if (version.inCommonForm === undefined) judge(reply);
    else waiting.push(reply);
  };
  for await (const answer of worker.replay({ ...request, samples })) {
    switch (answer.type) {
      case 'loaded':
        chain = { root: request.root, policies: answer.policies };
        noOffer = answer.noOffer ?? null;
        break;
      case 'not-loaded':
        for (const problem of answer.problems)
          notReplayed.push({ sample: -1, failure: notLoaded(problem, answer.logs, request.root) });
        break;
      case 'sample':
        about.set(answer.sample, { answer, mask: maskOf(answer.secrets) });
        break;
      case 'invalid-sample': {
        const { sample } = asked(planned, answer.sample);
        const failure = new Failure({
          code: answer.code,
          text: maskOf(answer.secrets).text(answer.text),
          place: { file: sample.path, line: answer.line ?? undefined },
        });
        notReplayed.push({ sample: answer.sample, failure });
        break;
      }
      case 'replay': {
        const known = about.get(answer.sample);
        const of = known === undefined ? null : circumstances(planned, answer.sample, answer.context);
        if (known === undefined || of === null) throw new Error('the worker answered what it was not asked');
        const { kind, configurationType: type } = known.answer;
        const { dstack, holds } = version;
        const own = { ...of, kind, type, dstack, mask: known.mask, chain, keepSpecs };
        onReplay?.();
        settle(answer.serviceLog?.[0] ?? null);
        last = { kind, answer, circumstances: holds === undefined ? own : { ...own, holds } };
      }
    }
  }
  settle(null);
  const common = (await version.inCommonForm?.(waiting)) ?? [];
  for (const [index, reply] of waiting.entries()) judge({ ...reply, answer: common[index] ?? reply.answer });
  // A context that couldn't be replayed leaves a hole, and its failure.
  return {
    bySample: replays.map((list) => list.filter((replay) => replay !== undefined)),
    builtin,
    noOffer,
    unexercised: exercise.findings(),
    failures: [...inOrder(notReplayed), ...inOrder(notJudged)],
    judging,
  };
}

/** A failure, and the number of the sample that it is about. */
interface OfSample {
  readonly sample: number;
  readonly failure: Failure;
}

/** Answers come in the order in which processes beside each other are done. */
function inOrder(failures: readonly OfSample[]): readonly Failure[] {
  return failures.toSorted((a, b) => a.sample - b.sample).map(({ failure }) => failure);
}

/** An answer with all that it is judged by. */
interface Reply extends AnswerOfKind {
  readonly circumstances: ReplayCircumstances;
}

type Known = Pick<ReplayCircumstances, 'sample' | 'builtin' | 'context' | 'expectation'>;

/** What is known of a sample that was asked for, or of the built-in one; null where the worker means neither. */
function circumstances(planned: readonly PlannedSample[], sample: number, context: number): Known | null {
  if (sample === offerSample) {
    // It is replayed as whoever the first sample is.
    const first = planned[0]?.contexts[0];
    return first === undefined
      ? null
      : { sample: '(dstack offer)', builtin: true, context: first, expectation: null };
  }
  const { sample: file, contexts, expectation } = asked(planned, sample);
  const of = contexts[context];
  return of === undefined ? null : { sample: file.path, builtin: false, context: of, expectation };
}

function asked(planned: readonly PlannedSample[], index: number): PlannedSample {
  const sample = planned[index];
  if (sample === undefined) throw new Error('the worker answered for a sample that it was not asked for');
  return sample;
}

function notLoaded(problem: LoadProblem, logs: readonly string[], root: string): Failure {
  const file = problem.file === null ? null : relative(root, problem.file).split(sep).join('/');
  const details = [...(problem.traceback?.trimEnd().split('\n') ?? []), ...logs].join('\n');
  return new Failure({
    code: problem.code,
    text: problem.text,
    exitCode: ExitCode.cannotRun,
    place: file === null ? undefined : { file, line: problem.line ?? undefined },
    details: details === '' ? undefined : details,
  });
}
