import type { DstackServer, ServerResponse } from '../engine/server.ts';
import { compareDumps } from './changes.ts';
import { isList, isMapping, ownValue } from './equality.ts';
import type { ChangedValue, Context, Json, JsonObject, Kind } from './model.ts';

/** What a real server made of a spec. */
export type ServerAnswer =
  | { readonly outcome: 'accepted'; readonly spec: JsonObject }
  | { readonly outcome: 'rejected'; readonly message: string | null }
  | { readonly outcome: 'failed'; readonly status: number }
  /** The version's API doesn't show what becomes of a spec of this kind. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** A spec as the CLI would submit it. */
export interface Submission {
  readonly kind: Kind;
  readonly context: Pick<Context, 'user' | 'project'>;
  readonly spec: JsonObject;
}

/** The users and projects of a server that a replay needs, made when they are first asked for. */
export class ServerPeople {
  readonly #server: DstackServer;
  readonly #users = new Map<string, Promise<ServerUser>>();
  readonly #projects = new Map<string, Promise<void>>([['main', Promise.resolve()]]);

  constructor(server: DstackServer) {
    this.#server = server;
  }

  /** A user that may do everything; which role it has, policies can't see. */
  user(name: string): Promise<ServerUser> {
    const known = this.#users.get(name) ?? this.#addUser(name);
    this.#users.set(name, known);
    return known;
  }

  project(name: string): Promise<void> {
    const known = this.#projects.get(name) ?? this.#addProject(name);
    this.#projects.set(name, known);
    return known;
  }

  async #addUser(username: string): Promise<ServerUser> {
    if (username !== 'admin') await this.#asAdmin('/api/users/create', { username, global_role: 'admin' });
    const user = await this.#asAdmin('/api/users/get_user', { username });
    const token = isMapping(user) && isMapping(user['creds']) ? user['creds']['token'] : null;
    const key = isMapping(user) ? user['ssh_public_key'] : null;
    if (typeof token !== 'string') throw new Error(`the server shows no token of its user ${username}`);
    return { token, sshPublicKey: typeof key === 'string' ? key : null };
  }

  async #addProject(name: string): Promise<void> {
    await this.#asAdmin('/api/projects/create', { project_name: name });
  }

  async #asAdmin(path: string, body: JsonObject): Promise<Json> {
    const response = await this.#server.post(path, body, this.#server.adminToken);
    if (response.status !== 200 && codeOf(response) !== 'resource_exists')
      throw new Error(`the server answers ${path} with ${response.status}: ${JSON.stringify(response.body)}`);
    return response.body;
  }
}

interface ServerUser {
  readonly token: string;
  readonly sshPublicKey: string | null;
}

/** Where a spec of a kind is submitted for a plan, under which name, and where the answer holds what became of it. */
const routes = {
  run: { path: 'runs/get_plan', request: 'run_spec', answer: 'effective_run_spec' },
  fleet: { path: 'fleets/get_plan', request: 'spec', answer: 'effective_spec' },
  gateway: { path: 'gateways/get_plan', request: 'spec', answer: 'effective_spec' },
  // There is no plan for volumes: this creates it, in a database that is thrown away.
  volume: { path: 'volumes/create', request: 'configuration', answer: 'configuration' },
} as const satisfies Record<Kind, unknown>;

/** Submits a spec to a server, as its CLI does. */
export async function submit(
  server: DstackServer,
  people: ServerPeople,
  { kind, context, spec }: Submission,
): Promise<ServerAnswer> {
  const { token, sshPublicKey } = await people.user(context.user);
  await people.project(context.project);
  const { path, request, answer } = routes[kind];
  const body = { [request]: kind === 'volume' ? (spec['configuration'] ?? null) : spec };
  const url = `/api/project/${context.project}/${path}`;
  let response = await server.post(url, body, token);
  if (kind === 'volume' && codeOf(response) === 'resource_exists') {
    // From an earlier replay. The policies have had their say by then, but what they made isn't shown.
    await server.forgetVolumes();
    response = await server.post(url, body, token);
  }
  return answerOf(response, answer, kind, sshPublicKey);
}

function answerOf(response: ServerResponse, key: string, kind: Kind, userKey: string | null): ServerAnswer {
  const { status, body } = response;
  if (status === 200) {
    const found = isMapping(body) ? ownValue(body, key) : undefined;
    if (!isMapping(found)) return { outcome: 'unknown', reason: `its answer has no ${key}` };
    const spec = kind === 'volume' ? { configuration: found } : found;
    return { outcome: 'accepted', spec: withoutUserKey(spec, userKey) };
  }
  if ((status === 404 || status === 405) && codeOf(response) === null)
    return { outcome: 'unknown', reason: 'this version has no way to ask for a plan of it' };
  if (status >= 400 && status < 500) return { outcome: 'rejected', message: messageOf(body) };
  return { outcome: 'failed', status };
}

/**
 * What differs between a replay's spec and a server's, without what a server alone can know or keeps to itself: the name that it makes up
 * for a volume, and the keys of SSH hosts, which it doesn't show.
 */
export function differencesFrom(
  server: JsonObject,
  replay: JsonObject,
  kind: Kind,
): Readonly<Record<string, ChangedValue>> {
  const comparable = (spec: JsonObject): Json => (kind === 'fleet' ? withoutSshKeys(spec) : spec);
  const found = compareDumps(comparable(replay), comparable(server));
  const name = found['/configuration/name'];
  if (kind !== 'volume' || name === undefined || name.from !== undefined) return found;
  const { '/configuration/name': _madeUp, ...others } = found;
  return others;
}

function withoutSshKeys(value: Json): Json {
  if (isList(value)) return value.map(withoutSshKeys);
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'ssh_key');
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutSshKeys(inner)]));
}

/** The server gives a run its user's key; the worker knows no users. */
function withoutUserKey(spec: JsonObject, userKey: string | null): JsonObject {
  return userKey !== null && spec['ssh_key_pub'] === userKey ? { ...spec, ssh_key_pub: null } : spec;
}

/** Most refusals stand in a list under `detail`; that of a ForbiddenError stands alone. */
function firstDetail(body: Json): Json {
  const detail = isMapping(body) ? (ownValue(body, 'detail') ?? body) : null;
  return isList(detail) ? (detail[0] ?? null) : (detail ?? null);
}

function codeOf({ body }: ServerResponse): string | null {
  const detail = firstDetail(body);
  const code = isMapping(detail) ? detail['code'] : null;
  return typeof code === 'string' ? code : null;
}

function messageOf(body: Json): string | null {
  const detail = firstDetail(body);
  const message = isMapping(detail) ? detail['msg'] : detail;
  return typeof message === 'string' && message !== '' ? message : null;
}
