import { setMaxListeners } from 'node:events';
import type { Kind } from '../replay/model.ts';
import { type Answer, answerOf } from './answer.ts';
import { post, type Reply } from './client.ts';
import { type ExactObject, writeExact } from './exact.ts';

/** Whose spec it is: what else `rest_plugin` sends. */
export interface Sender {
  readonly user: string;
  readonly project: string;
}

/** What dstack's own client allows, in milliseconds. */
const dstackTimeout = 8000;

export const kinds = ['run', 'fleet', 'volume', 'gateway'] as const satisfies readonly Kind[];

/** The path that `rest_plugin` calls for a kind. */
export function endpointOf(kind: Kind): string {
  return `/apply_policies/on_${kind}_apply`;
}

/** The body that `rest_plugin` would send. */
export function bodyOf({ user, project }: Sender, spec: ExactObject): string {
  return writeExact({ user, project, spec });
}

/** Sends requests for as long as their number and the time allow, and keeps how long the answers took. */
export class Caller {
  readonly #url: string;
  readonly #maxRequests: number;
  readonly #end: number;
  readonly #signal: AbortSignal;
  readonly #times: number[] = [];
  #requests = 0;

  /** @param timeout seconds for all requests together */
  constructor(
    { url, maxRequests, timeout }: { url: string; maxRequests: number; timeout: number },
    signal: AbortSignal,
  ) {
    this.#url = url.replace(/\/+$/, '');
    this.#maxRequests = maxRequests;
    this.#end = performance.now() + timeout * 1000;
    // One of our own, that many requests at once may listen to without a warning.
    this.#signal = AbortSignal.any([signal]);
    setMaxListeners(0, this.#signal);
  }

  get requests(): number {
    return this.#requests;
  }

  /** Requests that are left, none once the time is over. */
  get left(): number {
    return this.milliseconds > 0 ? this.#maxRequests - this.#requests : 0;
  }

  /** Milliseconds that are left. */
  get milliseconds(): number {
    return this.#end - performance.now();
  }

  /** How long the answers to requests sent one by one took, in milliseconds. */
  get times(): readonly number[] {
    return this.#times;
  }

  urlOf(kind: Kind): string {
    return this.#url + endpointOf(kind);
  }

  /** Null: no request or no time is left for it, so nothing can be said. */
  async send(kind: Kind, body: string): Promise<Answer | null> {
    const reply = await this.#post(kind, body);
    if (reply !== null) this.#times.push(reply.milliseconds);
    return reply === null ? null : answerOf(reply);
  }

  /** The same for several at once; null where not all could be sent. */
  async sendAtOnce(
    calls: readonly { readonly kind: Kind; readonly body: string }[],
  ): Promise<readonly Answer[] | null> {
    if (this.left < calls.length) return null;
    const replies = await Promise.all(calls.map(({ kind, body }) => this.#post(kind, body)));
    const answers = replies.flatMap((reply) => (reply === null ? [] : [answerOf(reply)]));
    return answers.length === calls.length ? answers : null;
  }

  async #post(kind: Kind, body: string): Promise<Reply | null> {
    this.#signal.throwIfAborted();
    if (this.left <= 0) return null;
    const time = Math.min(dstackTimeout, this.milliseconds);
    this.#requests += 1;
    const reply = await post(new URL(this.urlOf(kind)), body, time, this.#signal);
    // Cut off by our own end, and not by dstack's.
    const cut = reply.type === 'failed' && reply.why === 'timeout' && time < dstackTimeout;
    return cut ? null : reply;
  }
}
