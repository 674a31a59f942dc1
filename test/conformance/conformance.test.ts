import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayAnswer } from '../../src/engine/protocol.ts';
import { type DstackServer, startServer } from '../../src/engine/server.ts';
import { Worker } from '../../src/engine/worker.ts';
import { isMapping } from '../../src/replay/equality.ts';
import type { Context, JsonObject, Kind } from '../../src/replay/model.ts';
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
  let server: DstackServer;
  let bare: DstackServer;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-conformance-')));
    files = writeCorpus(join(folder, 'corpus'), version === '0.22.5');
    const { python } = await testEngine(version, ['server', 'aws'], corpusPlugin);
    const environment = { PATH: process.env['PATH'] ?? '', HOME: folder };
    worker = Worker.start({ python, environment, cwd: folder, pycache: null });
    const never = new AbortController().signal;
    server = await startServer({ python, plugins: corpusPlugins, configuration }, never);
    bare = await startServer({ python, plugins: [], configuration }, never);
  });

  afterAll(async () => {
    server?.stop();
    bare?.stop();
    await worker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a server with the plugin makes of every sample what one without it makes of the replay', async () => {
    const people = new ServerPeople(server);
    const others = new ServerPeople(bare);
    for (const context of contexts) {
      await addVolumes(server, people, context);
      await addVolumes(bare, others, context);
    }
    const seen: string[] = [];
    const messages: (string | null)[] = [];
    const differences: string[] = [];
    for (const { kind, answer } of await replays()) {
      const context = contexts[answer.context];
      if (context === undefined || !isMapping(answer.before)) throw new Error('not replayed');
      const real = await submit(server, people, { kind, context, spec: answer.before });
      const replayed = isMapping(answer.after)
        ? await submit(bare, others, { kind, context, spec: answer.after })
        : null;
      seen.push(`${kind} ${real.outcome}`);
      if (real.outcome === 'rejected') messages.push(real.message);
      const difference = differenceOf(kind, answer, replayed, real);
      const where = `${basename(files[answer.sample] ?? '')} as ${context.user}@${context.project}`;
      if (difference !== null) differences.push(`${where}: ${difference}`);
    }
    expect(differences).toEqual([]);
    expect(seen.length).toBe(files.length * contexts.length);
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
async function addVolumes(server: DstackServer, people: ServerPeople, context: Context): Promise<void> {
  for (const name of ['checkpoints', 'data-eu', 'data-us', 'home', 'models', 'uploads']) {
    const configuration = { type: 'volume', name, backend: 'aws', region: 'eu-west-1', size: 100 };
    const answer = await submit(server, people, { kind: 'volume', context, spec: { configuration } });
    expect(answer.outcome).toBe('accepted');
  }
}

/** What the server with the plugin says otherwise than the replay, whose result went through a server without it; null: nothing. */
function differenceOf(
  kind: Kind,
  tool: ReplayAnswer,
  replayed: ServerAnswer | null,
  real: ServerAnswer,
): string | null {
  if (replayed?.outcome === 'accepted' && real.outcome === 'accepted') {
    const name =
      isMapping(tool.after) && isMapping(tool.after['configuration']) && tool.after['configuration']['name'];
    const spec = name === null ? unnamed(replayed.spec) : replayed.spec;
    const found = differencesFrom(real.spec, spec, kind);
    return Object.keys(found).length === 0 ? null : JSON.stringify(found);
  }
  const refused = tool.outcome === 'rejected' ? tool : replayed?.outcome === 'rejected' ? replayed : null;
  if (refused !== null && real.outcome === 'rejected' && refused.message === real.message) return null;
  if ((tool.outcome === 'crashed' || tool.outcome === 'invalid') && real.outcome === 'failed') return null;
  return JSON.stringify({ tool: [tool.outcome, tool.message], replayed, real }).slice(0, 600);
}

function unnamed(spec: JsonObject): JsonObject {
  const configuration = spec['configuration'];
  return isMapping(configuration) ? { ...spec, configuration: { ...configuration, name: null } } : spec;
}
