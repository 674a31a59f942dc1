import { mkdirSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { type BaseSpec, type ContractResult, checkContract } from '../../contract/contract.ts';
import { curlCommand, saveFailing } from '../../contract/failing.ts';
import type { Parse } from '../../contract/oracle.ts';
import type { ReplayAnswer, SampleAnswer } from '../../engine/protocol.ts';
import type { Worker } from '../../engine/worker.ts';
import { Failure } from '../../failure.ts';
import type { PlannedSample } from '../../replay/planned.ts';
import type { ReplaySettings } from '../../replay/replaying.ts';
import type { ReportContract } from '../../report/report.ts';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';
import type { ContractOptions } from './options.ts';

/** Seconds for all requests together: a service that answers in time gets all of 500 in a tenth of it. */
const timeout = 60;

/** The plugin service that is checked, and what with. */
export interface ContractSubject {
  readonly url: string;
  /** The engine whose dstack says what a spec is. */
  readonly worker: Worker;
  readonly dstack: string;
  readonly planned: readonly PlannedSample[];
  readonly settings: ReplaySettings;
  readonly root: string;
  /** The folder of samples, relative to the root or absolute. */
  readonly samples: string;
}

/** What the check came to: its findings are the run's. */
export interface ContractRun {
  readonly findings: ContractResult['findings'];
  readonly report: ReportContract | null;
  readonly failures: readonly Failure[];
}

/**
 * Sends the running plugin service requests that nobody's samples make, and saves those that it gets wrong as samples, if that was asked for.
 * What keeps the check from being made is among the failures.
 */
export async function contractRun(
  subject: ContractSubject,
  { seed, maxRequests, save }: ContractOptions,
): Promise<ContractRun> {
  const progress = startProgress();
  const abort = new AbortController();
  const forget = onInterrupt(() => abort.abort());
  try {
    const { worker, url, dstack } = subject;
    const request = {
      url,
      specs: await submittedSpecs(subject),
      document: await worker.openapi(),
      parse: parseWith(worker),
      seed,
      maxRequests,
      timeout,
    };
    const result = await checkContract(request, progress, abort.signal);
    if (!subject.settings.service?.concurrent && bearsSeveral(result)) process.stderr.write(advice);
    const saved = save ? savedIn(subject, result) : { files: [], failures: [] };
    return {
      findings: result.findings,
      report: { ...reportOf(result), dstack, saved: saved.files },
      failures: saved.failures,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { findings: [], report: null, failures: [error] };
  } finally {
    progress.stop();
    forget();
  }
}

const advice =
  'The service answers 16 requests at once as it answers each alone. With `concurrent: true` under `rest` in dstack-plugin.yml, many replays run side by side.\n';

function bearsSeveral({ findings, unchecked }: ContractResult): boolean {
  return unchecked.length === 0 && findings.every(({ code }) => code !== 'not-concurrent');
}

function reportOf(result: ContractResult): Omit<ReportContract, 'dstack' | 'saved'> {
  const { seed, requests, milliseconds, p95, generated, judged, unchecked, failing } = result;
  return {
    seed,
    requests,
    milliseconds,
    p95,
    generated: generated.sent,
    checked: Object.values(judged).reduce((sum, count) => sum + count, 0),
    unchecked,
    failing: failing.map((request) => ({
      code: request.code,
      kind: request.kind,
      curl: curlCommand(request),
    })),
  };
}

/** The specs of the samples, as the CLI would submit them: no plugin has a part in it. */
async function submittedSpecs({ worker, planned, settings }: ContractSubject): Promise<readonly BaseSpec[]> {
  const { profile, service: _service, offerCache: _offer, readServiceLog: _log, ...rest } = settings;
  const samples = planned.map(({ sample, contexts }) => ({
    file: sample.file,
    configurationPath: sample.path,
    contexts: contexts.slice(0, 1).map((context) => ({ ...context, profile: context.profile ?? profile })),
  }));
  const checks = { server: false, order: false, offer: false };
  const about = new Map<number, SampleAnswer>();
  const answers: ReplayAnswer[] = [];
  for await (const answer of worker.replay({ ...rest, plugins: [], checks, samples })) {
    if (answer.type === 'sample') about.set(answer.sample, answer);
    else if (answer.type === 'replay') answers.push(answer);
  }
  return answers.flatMap(({ sample, before }) => {
    const kind = about.get(sample)?.kind;
    const context = planned[sample]?.contexts[0];
    if (kind === undefined || context === undefined || before === null) return [];
    return [{ kind, user: context.user, project: context.project, spec: before }];
  });
}

function parseWith(worker: Worker): Parse {
  return async (kind, dumps) => {
    const answer = await worker.normalise({ kind, dumps });
    return answer.dumps.map((dump, index) => ({ dump, refusal: answer.refusals[index] ?? null }));
  };
}

function savedIn(
  { root, samples }: ContractSubject,
  { failing }: ContractResult,
): { readonly files: readonly string[]; readonly failures: readonly Failure[] } {
  const folder = resolve(root, samples);
  try {
    if (failing.length > 0) mkdirSync(folder, { recursive: true });
    const files = saveFailing(folder, failing);
    return { files: files.map((file) => relative(root, file).split(sep).join('/')), failures: [] };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const failure = new Failure({
      code: 'not-saved',
      text: `Not every failing request could be saved: ${error.message}.`,
      place: { file: samples },
      hint: 'The requests are shown below as curl commands.',
    });
    return { files: [], failures: [failure] };
  }
}
