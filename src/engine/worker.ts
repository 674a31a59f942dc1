import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ExitCode, Failure } from '../failure.ts';
import type { Json } from '../replay/model.ts';
import { toolVersion } from '../version.ts';
import { Batch, type BatchAnswer } from './batch.ts';
import { dstackTooOld } from './install-failure.ts';
import type {
  NormalisedAnswer,
  NormaliseRequest,
  OfferAnswer,
  OfferRequest,
  OpenApiAnswer,
  OpenApiRequest,
  ReadyAnswer,
  ReplayRequest,
  RunUpdate,
  UpdatesAnswer,
  UpdatesRequest,
  VersionsAnswer,
  VersionsRequest,
  WorkerAnswer,
} from './protocol.ts';
import { Repeats } from './repeats.ts';
import { answerOf } from './worker-answers.ts';

export interface WorkerOptions {
  /** The engine's Python. */
  readonly python: string;
  /** All that the worker, and so the policies, see of an environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A folder for the bytecode of the worker's own modules; null: they are compiled at each start (10 ms). */
  readonly pycache: string | null;
}

/** The one answer to a question that isn't a batch. */
type Answer = NormalisedAnswer | VersionsAnswer | OpenApiAnswer | OfferAnswer | UpdatesAnswer;

/** A question that waits for its one answer. */
interface Question {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** What is kept of what the worker itself writes to its standard error, which is nothing while all is well. */
const keptErrors = 16_384;
/** How long a worker may take to end by itself, in milliseconds. */
const graceOfEnd = 1000;

/** The process in an engine that replays: started at once, used for any number of batches, and ended with all its children. */
export class Worker {
  readonly ready: Promise<ReadyAnswer>;
  readonly #process: ChildProcess;
  readonly #requests: Writable;
  readonly #answers: Readable;
  readonly #batches = new Map<number, Batch>();
  readonly #questions = new Map<number, Question>();
  readonly #closed: Promise<void>;
  #settleReady: { readonly resolve: (answer: ReadyAnswer) => void; readonly reject: (error: Error) => void };
  readonly #started = performance.now();
  readonly #spent: Record<string, number> = {};
  /** Null as long as nothing was asked that will be asked again. */
  #repeats: Repeats | null = null;
  #lastId = 0;
  #pieces: string[] = [];
  #errors = '';
  #failure: Error | null = null;
  #isReady = false;
  #stopping = false;

  private constructor(options: WorkerOptions) {
    this.#settleReady = { resolve: () => {}, reject: () => {} };
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Whoever doesn't wait for it learns of the failure from `replay`.
    this.ready.catch(() => {});
    const environment = { ...options.environment };
    // By version, because npm gives all files the same date, and Python tells old bytecode by the date.
    if (options.pycache !== null)
      environment['CREATE_DSTACK_PLUGIN_PYCACHE'] = join(options.pycache, toolVersion);
    this.#process = spawn(options.python, ['-I', '-B', workerFolder()], {
      cwd: options.cwd,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // `stdio` above makes these two what they are; their types can't say so.
    this.#requests = this.#process.stdio[3] as Writable;
    this.#answers = this.#process.stdio[4] as Readable;
    this.#closed = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.#end(code, signal);
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#fail(cannotStart(options.python, error));
        // Without a process there is no `close`.
        if (this.#process.pid === undefined) resolve();
      });
    });
    // A worker that is gone is dealt with where it ends; its pipe has nothing to add.
    this.#requests?.on('error', () => {});
    this.#answers?.on('error', () => {});
    this.#answers?.setEncoding('utf8').on('data', (piece: string) => this.#receive(piece));
    this.#process.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      this.#errors = (this.#errors + piece).slice(-keptErrors);
    });
  }

  /** Spawns the worker; dstack is being imported when this returns. Never throws: a worker that can't start rejects `ready`. */
  static start(options: WorkerOptions): Worker {
    return new Worker(options);
  }

  /**
   * Replays a batch. A sample's own answer and whether the plugins are loaded come before the replays of that sample; replays of several
   * samples come in no particular order, since there may be several processes at work. Every sample and context is answered, unless the
   * plugins don't load.
   * @throws Failure (exit 3) where the worker is or ends broken
   */
  async *replay(request: Omit<ReplayRequest, 'do' | 'id'>): AsyncGenerator<BatchAnswer, void, undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    const batch = new Batch(this.#answers);
    this.#batches.set(id, batch);
    try {
      if (this.#failure !== null) throw this.#failure;
      if (this.#stopping) throw new Error('this worker was stopped');
      if (request.again === true) this.#repeats ??= new Repeats();
      this.#repeats?.begin();
      const whole: ReplayRequest = { do: 'replay', id, ...request };
      this.#requests.write(`${JSON.stringify(whole)}\n`);
      yield* batch.answers();
    } finally {
      this.#batches.delete(id);
      batch.abandon();
    }
  }

  /** Has dumps of other dstack versions parsed and dumped by this one. Throws as {@link replay} does. */
  async normalise(request: Omit<NormaliseRequest, 'do' | 'id'>): Promise<NormalisedAnswer> {
    const answer = await this.#ask({ do: 'normalise', ...request });
    if (answer.type !== 'normalised') throw new Error('the worker answered another question');
    return answer;
  }

  /** Orders versions and holds them against specifiers. Throws as {@link replay} does. */
  async versions(request: Omit<VersionsRequest, 'do' | 'id'>): Promise<VersionsAnswer> {
    const answer = await this.#ask({ do: 'versions', ...request });
    if (answer.type !== 'versions') throw new Error('the worker answered another question');
    return answer;
  }

  /** The OpenAPI document of the endpoints that `rest_plugin` calls. Throws as {@link replay} does. */
  async openapi(): Promise<Json> {
    const answer = await this.#ask({ do: 'openapi' });
    if (answer.type !== 'openapi') throw new Error('the worker answered another question');
    return answer.document;
  }

  /** Builds and keeps what {@link ReplayRequest.offerCache} is about. Throws as {@link replay} does. */
  async keepOffer(offerCache: string): Promise<void> {
    await this.#ask({ do: 'offer', offerCache });
  }

  /** Why running services can't be updated in place, in dstack's words; null: they can. Throws as {@link replay} does. */
  async updates(updates: readonly RunUpdate[]): Promise<readonly (string | null)[]> {
    const answer = await this.#ask({ do: 'updates', updates });
    if (answer.type !== 'updates') throw new Error('the worker answered another question');
    return answer.refusals;
  }

  /**
   * Milliseconds by stage: `import` of dstack, and of all batches and their processes together `read` (samples), `load` (plugins) and
   * `replay`. Processes that run beside each other count each.
   */
  get spent(): Readonly<Record<string, number>> {
    return this.#spent;
  }

  #spend(stage: string, milliseconds: number): void {
    this.#spent[stage] = (this.#spent[stage] ?? 0) + milliseconds;
  }

  #ask(
    question:
      | Omit<NormaliseRequest, 'id'>
      | Omit<VersionsRequest, 'id'>
      | Omit<OpenApiRequest, 'id'>
      | Omit<OfferRequest, 'id'>
      | Omit<UpdatesRequest, 'id'>,
  ): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      this.#requests.write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }

  /** Ends the worker and all its children. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      // The end of its requests is what it ends at; as long as it imports dstack it doesn't look, and has no children.
      if (!this.#isReady) this.#process.kill('SIGKILL');
      this.#requests?.destroy();
      this.#answers?.resume();
    }
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceOfEnd);
    await this.#closed;
    clearTimeout(timer);
  }

  /** Tells the worker to end itself and its children at once, without waiting: for signal handlers and the end of this process. */
  kill(): void {
    this.#stopping = true;
    this.#requests?.destroy();
    this.#answers?.resume();
    // Not SIGKILL: it couldn't end its children any more.
    this.#process.kill('SIGTERM');
  }

  #receive(piece: string): void {
    const end = piece.lastIndexOf('\n');
    if (end < 0) {
      this.#pieces.push(piece);
      return;
    }
    const lines = (this.#pieces.join('') + piece.slice(0, end)).split('\n');
    this.#pieces = end + 1 < piece.length ? [piece.slice(end + 1)] : [];
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const answer = this.#repeats === null ? answerOf(line) : this.#repeats.answerOf(line);
    if (answer === null) {
      this.#fail(spokeNonsense(line));
      this.kill();
      return;
    }
    this.#dispatch(answer);
  }

  #dispatch(answer: WorkerAnswer): void {
    switch (answer.type) {
      case 'ready':
        this.#isReady = true;
        this.#spend('import', performance.now() - this.#started);
        this.#settleReady.resolve(answer);
        return;
      case 'broken':
        this.#fail(
          answer.tooOld === true
            ? dstackTooOld(answer.text)
            : new Failure({
                code: 'engine-broken',
                text: answer.text,
                exitCode: ExitCode.cannotRun,
                details: answer.traceback,
              }),
        );
        return;
      case 'normalised':
      case 'versions':
      case 'openapi':
      case 'offer':
      case 'updates':
        this.#questions.get(answer.id)?.resolve(answer);
        this.#questions.delete(answer.id);
        return;
      case 'done':
        for (const [stage, seconds] of Object.entries(answer.spent)) this.#spend(stage, seconds * 1000);
        this.#batches.get(answer.id)?.end();
        return;
      default:
        this.#batches.get(answer.id)?.add(answer);
    }
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    this.#fail(
      new Failure({
        code: 'engine-ended',
        text: this.#stopping ? 'The worker was stopped.' : `The engine's worker ended ${how}.`,
        exitCode: ExitCode.cannotRun,
        details: this.#errors.trim() || undefined,
      }),
    );
  }

  /** The first failure is the cause; what follows are its effects. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settleReady.reject(this.#failure);
    for (const batch of this.#batches.values()) batch.fail(this.#failure);
    for (const question of this.#questions.values()) question.reject(this.#failure);
    this.#questions.clear();
  }
}

/** The folder of the worker's Python: beside this module in the sources, beside the bundle when built. */
export function workerFolder(): string {
  // In `src/engine` this module has the folder beside it; all of a bundle lies in `dist`, with the worker in `dist/worker`.
  const folder = fileURLToPath(new URL('./worker', import.meta.url));
  if (!existsSync(join(folder, '__main__.py'))) throw new Error(`the worker isn't at ${folder}`);
  return folder;
}

function cannotStart(python: string, error: Error): Failure {
  return new Failure({
    code: 'engine-broken',
    text: `The engine's Python can't be started: ${error.message}.`,
    exitCode: ExitCode.cannotRun,
    details: python,
  });
}

function spokeNonsense(line: string): Error {
  return new Error(
    `the worker gave an answer that isn't one: ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`,
  );
}
