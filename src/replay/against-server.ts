import type { ReplayAnswer } from '../engine/protocol.ts';
import type { Servers } from '../engine/servers.ts';
import { isMapping } from './equality.ts';
import type { ChangedValue, Context, Json, JsonObject, Kind } from './model.ts';
import { differencesFrom, type ServerAnswer, ServerPeople, submit } from './server-replay.ts';

/** How a replay and a real server go together. `log` is what the server logged meanwhile. Nothing in it is masked. */
export type Comparison =
  | { readonly result: 'agrees'; readonly real: ServerAnswer }
  | { readonly result: 'unknown'; readonly reason: string }
  | {
      readonly result: 'disagrees';
      readonly real: ServerAnswer;
      /** In words: what the replay came to, and what the server. */
      readonly replay: string;
      readonly server: string;
      /** Where both accept: what is in the replay's spec, and in the server's. */
      readonly changes: Readonly<Record<string, ChangedValue>>;
      readonly log: readonly string[];
    };

/** Facts of replays that would end the server, or leave it changed for the next one. */
const deadly: ReadonlySet<string> = new Set(['exited', 'out-of-memory']);

/**
 * Holds replays against a real server: what the server with the plugins makes of a sample has to be what one without them makes of the
 * replay's result. So the server's own validation, defaults and knowledge count on both sides, and only the policies' part is compared.
 */
export class AgainstServer {
  readonly #servers: Servers;
  readonly #people: ServerPeople;
  readonly #others: ServerPeople;

  constructor(servers: Servers) {
    this.#servers = servers;
    this.#people = new ServerPeople(servers.withPlugins);
    this.#others = new ServerPeople(servers.bare);
  }

  /**
   * Compares one replay, made without the server's own checks.
   *
   * @throws where the server can't be talked to any more
   */
  async compare(replay: ReplayAnswer, kind: Kind, context: Context): Promise<Comparison> {
    if (!isMapping(replay.before) || replay.outcome === 'timed-out' || replay.facts?.some(isDeadly))
      return { result: 'unknown', reason: 'the policies would end the server, or keep it waiting' };
    const { withPlugins, bare } = this.#servers;
    const from = withPlugins.log().length;
    const real = await submit(withPlugins, this.#people, { kind, context, spec: replay.before });
    if (real.outcome === 'unknown') return { result: 'unknown', reason: real.reason };
    const replayed =
      replay.outcome === 'accepted' && isMapping(replay.after)
        ? await submit(bare, this.#others, { kind, context, spec: replay.after })
        : null;
    const found = compared(replay, replayed, real, kind);
    if (found === null) return { result: 'agrees', real };
    // The last lines of a log come a moment after the answer.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { result: 'disagrees', real, ...found, log: withPlugins.log().slice(from) };
  }
}

function isDeadly({ code }: { readonly code: string }): boolean {
  return deadly.has(code);
}

interface Disagreement {
  readonly replay: string;
  readonly server: string;
  readonly changes: Readonly<Record<string, ChangedValue>>;
}

function compared(
  replay: ReplayAnswer,
  replayed: ServerAnswer | null,
  real: ServerAnswer,
  kind: Kind,
): Disagreement | null {
  if (replayed?.outcome === 'accepted' && real.outcome === 'accepted') {
    const spec = nameless(replay.after) ? withoutName(replayed.spec) : replayed.spec;
    const changes = differencesFrom(real.spec, spec, kind);
    return Object.keys(changes).length === 0 ? null : { replay: 'accepts', server: 'accepts', changes };
  }
  const refused = replayed?.outcome === 'rejected' ? replayed : replay.outcome === 'rejected' ? replay : null;
  if (refused !== null && real.outcome === 'rejected' && refused.message === real.message) return null;
  const failed =
    replay.outcome === 'crashed' || replay.outcome === 'invalid' || replayed?.outcome === 'failed';
  if (failed && real.outcome === 'failed') return null;
  const said = replayed ?? { outcome: replay.outcome, message: replay.message };
  return { replay: inWords(said), server: inWords(real), changes: {} };
}

function inWords(answer: { readonly outcome: string; readonly message?: string | null }): string {
  switch (answer.outcome) {
    case 'accepted':
      return 'accepts';
    case 'rejected':
      return answer.message == null ? 'rejects without a message' : `rejects with “${answer.message}”`;
    default:
      return 'fails with an internal error';
  }
}

function nameless(spec: Json): boolean {
  return isMapping(spec) && isMapping(spec['configuration']) && spec['configuration']['name'] == null;
}

/** What a server calls something that has no name is another one each time. */
function withoutName(spec: JsonObject): JsonObject {
  const configuration = spec['configuration'];
  return isMapping(configuration) ? { ...spec, configuration: { ...configuration, name: null } } : spec;
}
