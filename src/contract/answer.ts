import type { Reply } from './client.ts';
import { type Exact, type ExactObject, isExactObject, readExact } from './exact.ts';

/** What `rest_plugin` would make of a reply; the spec itself is dstack's to judge. */
export type Answer =
  | { readonly type: 'accepted'; readonly spec: ExactObject }
  | { readonly type: 'rejected'; readonly spec: ExactObject; readonly error: string }
  | BadAnswer;

export interface BadAnswer {
  readonly type: 'bad';
  readonly code:
    | 'connection-failed'
    | 'over-budget'
    | 'redirected'
    | 'reason-lost'
    | 'not-json'
    | 'missing-spec'
    | 'empty-error';
  readonly status: number | null;
  /** What the service does, as the end of a sentence that begins with it: `answers 500`. */
  readonly does: string;
}

export function answerOf(reply: Reply): Answer {
  if (reply.type === 'failed') {
    switch (reply.why) {
      case 'connection':
        return bad('connection-failed', null, `takes no request, or drops it (${reply.text})`);
      case 'timeout':
        return bad('over-budget', null, 'gives no whole answer in the time that it has');
      case 'too-large':
        return bad('not-json', null, 'answers with more than 1 MiB');
    }
  }
  const { status, body, location } = reply;
  if (status >= 400) return bad('reason-lost', status, `answers ${status}`);
  if (status >= 300)
    return bad('redirected', status, `sends the client elsewhere (${status}, to ${location ?? 'nowhere'})`);
  const data = jsonOf(body);
  if (!isExactObject(data)) return bad('not-json', status, `answers ${status} with what isn't a JSON object`);
  const spec = own(data, 'spec');
  if (!isExactObject(spec)) return bad('missing-spec', status, `answers ${status} without a spec`);
  const error = own(data, 'error') ?? null;
  if (error === null) return { type: 'accepted', spec };
  if (typeof error !== 'string' || error === '')
    return bad('empty-error', status, 'answers with an error that says nothing');
  return { type: 'rejected', spec, error };
}

function bad(code: BadAnswer['code'], status: number | null, does: string): BadAnswer {
  return { type: 'bad', code, status, does };
}

function jsonOf(text: string): Exact | undefined {
  try {
    return readExact(text);
  } catch {
    return undefined;
  }
}

function own(object: ExactObject, key: string): Exact | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
