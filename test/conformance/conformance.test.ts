import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayAnswer, ReplayRequest } from '../../src/engine/protocol.ts';
import type { DstackServer } from '../../src/engine/server.ts';
import { type Servers, startServers, stopServers } from '../../src/engine/servers.ts';
import { Worker } from '../../src/engine/worker.ts';
import { AgainstServer } from '../../src/replay/against-server.ts';
import { isMapping } from '../../src/replay/equality.ts';
import type { Context, Kind } from '../../src/replay/model.ts';
import { differencesFrom, type ServerAnswer, ServerPeople, submit } from '../../src/replay/server-replay.ts';
import { testEngine } from '../engine-environment.ts';
import { corpusPlugin, corpusPlugins, writeCorpus } from './corpus.ts';

const versions = ['0.22.5', '0.21.5'];
const contexts: readonly Context[] = [
  { user: 'admin', project: 'main', profile: null },
  { user: 'alice', project: 'research', profile: null },
];
const configuration = { passEnv: [], serverEnv: {} };

describe.each(versions)('dstack %s', (version) => {
  let folder: string;
  let files: readonly string[];
  let worker: Worker;
  let servers: Servers | undefined;
  /** What a server refuses without policies already, in the tool's words, by sample and context. */
  const refusals = new Map<string, string>();

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-conformance-')));
    files = writeCorpus(join(folder, 'corpus'), version === '0.22.5');
    const { python } = await testEngine(version, ['server', 'aws'], corpusPlugin);
    const environment = { PATH: process.env['PATH'] ?? '', HOME: folder };
    worker = Worker.start({ python, environment, cwd: folder, pycache: null });
    const never = new AbortController().signal;
    servers = await startServers({ python, plugins: corpusPlugins, configuration }, never);
  });

  afterAll(async () => {
    if (servers !== undefined) stopServers(servers);
    await worker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a server with the plugin makes of every sample what one without it makes of the replay', async () => {
    if (servers === undefined) throw new Error('no server');
    for (const context of contexts)
      for (const each of [servers.withPlugins, servers.bare]) await addVolumes(each, context);
    const against = new AgainstServer(servers);
    const seen: string[] = [];
    const messages: (string | null)[] = [];
    const differences: string[] = [];
    for (const { kind, answer } of await replays()) {
      const context = contexts[answer.context];
      if (context === undefined) throw new Error('not asked for');
      const comparison = await against.compare(answer, kind, context);
      const where = `${basename(files[answer.sample] ?? '')} as ${context.user}@${context.project}`;
      if (comparison.result !== 'agrees') {
        differences.push(`${where}: ${JSON.stringify(comparison).slice(0, 1000)}`);
        continue;
      }
      seen.push(`${kind} ${comparison.real.outcome}`);
      if (comparison.real.outcome === 'rejected') messages.push(comparison.real.message);
    }
    expect(differences).toEqual([]);
    expect(seen.length).toBe(files.length * contexts.length);
    // A run that is refused for a volume that isn't there would say nothing about its spec.
    expect(messages.filter((message) => /not found/.test(message ?? ''))).toEqual([]);
    // Each way out was walked, for each kind of spec.
    for (const kind of ['run', 'fleet', 'volume', 'gateway'])
      for (const outcome of ['accepted', 'rejected', 'failed']) expect(seen).toContain(`${kind} ${outcome}`);
  });

  test("a server answers what the replay with the server's own checks says", async () => {
    if (servers === undefined) throw new Error('no server');
    const server = servers.withPlugins;
    await server.forgetVolumes();
    for (const context of contexts) await addVolumes(server, context);
    const people = new ServerPeople(server);
    const plain = await replays();
    const checked = await replays({ server: true, order: false, offer: false });
    const differences: string[] = [];
    for (const { kind, answer } of plain) {
      const context = contexts[answer.context];
      if (context === undefined || !isMapping(answer.before)) throw new Error('not replayed');
      const real = await submit(server, people, { kind, context, spec: answer.before });
      const tool = checked.find(
        ({ answer: { sample, context } }) => sample === answer.sample && context === answer.context,
      );
      const said = tool?.answer ?? refusals.get(`${answer.sample} ${answer.context}`);
      const difference = said === undefined ? 'no answer' : differenceOf(kind, said, answer, real);
      const where = `${basename(files[answer.sample] ?? '')} as ${context.user}@${context.project}`;
      if (difference !== null) differences.push(`${where}: ${difference}`);
    }
    expect(differences).toEqual([]);
    expect(plain.length).toBe(files.length * contexts.length);
  });

  async function replays(
    checks: ReplayRequest['checks'] | null = null,
  ): Promise<readonly { kind: Kind; answer: ReplayAnswer }[]> {
    const kinds = new Map<number, Kind>();
    const answers: ReplayAnswer[] = [];
    const samples = files.map((file) => ({ file, configurationPath: basename(file), contexts }));
    const request = { plugins: corpusPlugins, root: corpusPlugin, samples, env: {}, timeout: 30 };
    for await (const answer of worker.replay(checks === null ? request : { ...request, checks })) {
      if (answer.type === 'sample') kinds.set(answer.sample, answer.kind);
      else if (answer.type === 'replay') answers.push(answer);
      else if (answer.type === 'invalid-sample' && answer.code === 'server-refuses')
        refusals.set(`${answer.sample} ${answer.context}`, answer.text);
      else if (answer.type !== 'loaded') throw new Error(JSON.stringify(answer));
    }
    answers.sort((a, b) => a.sample - b.sample || a.context - b.context);
    return answers.map((answer) => ({ kind: kinds.get(answer.sample) ?? 'run', answer }));
  }
});

/** The volumes that runs of the corpus mount: without them a server refuses those runs, whatever the policies say. */
async function addVolumes(server: DstackServer, context: Context): Promise<void> {
  const people = new ServerPeople(server);
  for (const name of ['checkpoints', 'data-eu', 'data-us', 'home', 'models', 'uploads']) {
    const configuration = { type: 'volume', name, backend: 'aws', region: 'eu-west-1', size: 100 };
    const answer = await submit(server, people, { kind: 'volume', context, spec: { configuration } });
    expect(answer.outcome).toBe('accepted');
  }
}

/** What the server says otherwise than the replay with the server's checks, or than the refusal that the tool gives without one. */
function differenceOf(
  kind: Kind,
  tool: ReplayAnswer | string,
  plain: ReplayAnswer,
  real: ServerAnswer,
): string | null {
  if (typeof tool === 'string') {
    // The policies come before the server's own checks, so theirs is the word that its user reads.
    const message = real.outcome === 'rejected' ? real.message : null;
    const policies = plain.outcome === 'rejected' && plain.message === message;
    return message !== null && (policies || tool.endsWith(message)) ? null : JSON.stringify({ tool, real });
  }
  if (tool.outcome === 'accepted' && real.outcome === 'accepted' && isMapping(tool.after)) {
    // Every user has a key: the server's, and the one that stands for it.
    const given = isMapping(plain.after) && plain.after['ssh_key_pub'] != null;
    const after = kind === 'run' && !given ? { ...tool.after, ssh_key_pub: null } : tool.after;
    const found = differencesFrom(real.spec, after, kind);
    return Object.keys(found).length === 0 ? null : JSON.stringify(found).slice(0, 600);
  }
  // What the server's own checks refuse of the policies' making is `invalid` to their author, and the same words to a user.
  const refuses = tool.outcome === 'rejected' || tool.outcome === 'invalid';
  if (refuses && real.outcome === 'rejected' && tool.message === real.message) return null;
  if ((tool.outcome === 'crashed' || tool.outcome === 'invalid') && real.outcome === 'failed') return null;
  return JSON.stringify({ tool: [tool.outcome, tool.message], real }).slice(0, 600);
}
