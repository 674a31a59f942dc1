import type { Exchange, ReplayAnswer } from '../../../src/engine/protocol.ts';
import type { Json, JsonObject } from '../../../src/replay/model.ts';
import { answerWith } from '../answers.ts';

/** What `rest_plugin` sends in these tests. */
export const sent = {
  run_name: 'train',
  configuration: {
    type: 'task',
    name: 'train',
    max_price: 1,
    privileged: false,
    regions: null,
    tags: { team: 'ml', stage: 'test' },
    env: { TOKEN: 'hunter2-secret' },
    volumes: [{ name: 'data', path: '/data' }],
  },
} as const satisfies JsonObject;

/** An exchange in which a good service accepts what was sent, with what a test wants to be different. */
export function exchange(of: Partial<Exchange> = {}): Exchange {
  return {
    phase: 'plan',
    url: 'http://127.0.0.1:8000/apply_policies/on_run_apply',
    request: JSON.stringify({ user: 'admin', project: 'main', spec: sent }),
    status: 200,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ spec: sent }),
    error: null,
    redirects: [],
    method: 'POST',
    milliseconds: 3,
    refused: null,
    ...of,
  };
}

/** An exchange in which the service answers with a JSON value. */
export function answering(value: Json, of: Partial<Exchange> = {}): Exchange {
  return exchange({ body: JSON.stringify(value), ...of });
}

/** The worker's answer for a replay whose plan and apply were both answered so. */
export function replayed(
  both: Exchange,
  of: Partial<ReplayAnswer> = {},
  apply: Partial<Exchange> = {},
): ReplayAnswer {
  const exchanges = [both, { ...both, phase: 'apply' as const, ...apply }];
  return answerWith({ before: sent, after: sent, exchanges, ...of });
}

/** What was sent, with changes to the configuration; a key that is undefined is left out. */
export function changed(configuration: Readonly<Record<string, Json | undefined>>): JsonObject {
  const all = Object.entries({ ...sent.configuration, ...configuration });
  const left = all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return { ...sent, configuration: Object.fromEntries(left) };
}
