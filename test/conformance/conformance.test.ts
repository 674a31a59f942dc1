import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayAnswer } from '../../src/engine/protocol.ts';
import type { DstackServer } from '../../src/engine/server.ts';
import { type Servers, startServers, stopServers } from '../../src/engine/servers.ts';
import { Worker } from '../../src/engine/worker.ts';
import { AgainstServer } from '../../src/replay/against-server.ts';
import type { Context, Kind } from '../../src/replay/model.ts';
import { ServerPeople, submit } from '../../src/replay/server-replay.ts';
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

  async function replays(): Promise<readonly { kind: Kind; answer: ReplayAnswer }[]> {
    const kinds = new Map<number, Kind>();
    const answers: ReplayAnswer[] = [];
    const samples = files.map((file) => ({ file, configurationPath: basename(file), contexts }));
    const request = { plugins: corpusPlugins, root: corpusPlugin, samples, env: {}, timeout: 30 };
    for await (const answer of worker.replay(request)) {
      if (answer.type === 'sample') kinds.set(answer.sample, answer.kind);
      else if (answer.type === 'replay') answers.push(answer);
      else if (answer.type !== 'loaded') throw new Error(JSON.stringify(answer));
    }
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
