import type { Readable } from 'node:stream';
import type { InvalidSampleAnswer, LoadAnswer, ReplayAnswer, SampleAnswer } from './protocol.ts';

/** What the worker answers to a request to replay, one after the other. */
export type BatchAnswer = LoadAnswer | InvalidSampleAnswer | SampleAnswer | ReplayAnswer;

/** Answers that wait for their reader before the worker is made to wait. */
const fullQueue = 256;

/** The answers to one request, between the worker and their reader. */
export class Batch {
  readonly #source: Readable;
  #queue: BatchAnswer[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  #abandoned = false;
  #error: Error | null = null;

  /** @param source where answers are read from; it is paused while too many wait */
  constructor(source: Readable) {
    this.#source = source;
  }

  /** Takes one that came. */
  add(answer: BatchAnswer): void {
    if (this.#abandoned) return;
    this.#queue.push(answer);
    if (this.#queue.length >= fullQueue) this.#source.pause();
    this.#wake?.();
  }

  /** That was the last one. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** There will be no more: the reader gets those that came, and then this. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#wake?.();
  }

  /** Nobody reads on, so nothing may wait for a reader. */
  abandon(): void {
    this.#abandoned = true;
    this.#queue = [];
    this.#source?.resume();
  }

  /** The answers as they come, once. Throws what {@link fail} was told. */
  async *answers(): AsyncGenerator<BatchAnswer, void, undefined> {
    for (;;) {
      // All at once: to shift them off one by one would copy the rest each time.
      const taken = this.#queue;
      this.#queue = [];
      this.#source.resume();
      yield* taken;
      if (this.#queue.length > 0) continue;
      if (this.#ended) return;
      if (this.#error !== null) throw this.#error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
