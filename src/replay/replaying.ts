import { relative, sep } from 'node:path';
import type { LoadProblem, ReplayRequest, SampleAnswer } from '../engine/protocol.ts';
import type { Worker } from '../engine/worker.ts';
import { ExitCode, Failure } from '../failure.ts';
import { createMask, type Mask } from './mask.ts';
import type { Replay } from './model.ts';
import type { PlannedSample } from './planned.ts';
import { toReplay } from './verdicts.ts';

/** What came of a batch. Replays are in the order of samples and contexts, whatever was answered first. */
export interface Replayed {
  /** One list for each planned sample, in its order. */
  readonly bySample: readonly (readonly Replay[])[];
  readonly failures: readonly Failure[];
}

/**
 * Replays samples through the plugins of an engine, and holds each result against what is expected.
 *
 * @param request what the worker needs besides the samples
 * @param dstack the engine's version
 * @throws Failure (exit code 3) where the worker can't run; samples and plugins that can't are among the failures instead
 */
export async function replayAll(
  worker: Worker,
  planned: readonly PlannedSample[],
  request: Omit<ReplayRequest, 'do' | 'id' | 'samples'>,
  dstack: string,
): Promise<Replayed> {
  const about = new Map<number, { readonly answer: SampleAnswer; readonly mask: Mask }>();
  const replays = planned.map((): Replay[] => []);
  const failures: Failure[] = [];
  const samples = planned.map(({ sample, contexts }) => ({
    file: sample.file,
    configurationPath: sample.path,
    contexts,
  }));
  for await (const answer of worker.replay({ ...request, samples })) {
    switch (answer.type) {
      case 'loaded':
        break;
      case 'not-loaded':
        for (const problem of answer.problems) failures.push(notLoaded(problem, answer.logs, request.root));
        break;
      case 'sample':
        about.set(answer.sample, { answer, mask: createMask(answer.secrets) });
        break;
      case 'invalid-sample': {
        const { sample } = asked(planned, answer.sample);
        failures.push(
          new Failure({
            code: answer.code,
            text: createMask(answer.secrets).text(answer.text),
            place: { file: sample.path, line: answer.line ?? undefined },
          }),
        );
        break;
      }
      case 'replay': {
        const { sample, contexts, expectation } = asked(planned, answer.sample);
        const context = contexts[answer.context];
        const known = about.get(answer.sample);
        if (context === undefined || known === undefined)
          throw new Error('the worker answered what it was not asked');
        const { kind, configurationType } = known.answer;
        try {
          const replay = toReplay(answer, {
            sample: sample.path,
            builtin: false,
            kind,
            type: configurationType,
            context,
            dstack,
            expectation,
            mask: known.mask,
          });
          const list = replays[answer.sample];
          if (list !== undefined) list[answer.context] = replay;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          failures.push(error);
        }
      }
    }
  }
  // A context that couldn't be replayed leaves a hole, and its failure.
  return { bySample: replays.map((list) => list.filter((replay) => replay !== undefined)), failures };
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
