import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayRequest } from '../../src/engine/protocol.ts';
import { Worker, workerFolder } from '../../src/engine/worker.ts';
import { answerOf } from '../../src/engine/worker-answers.ts';
import { Failure } from '../../src/failure.ts';
import { testEngine } from '../engine-environment.ts';

/** An environment over the engine's, with a folder of plugins on its path. */
let folder: string;
let plugins: string;
let python: string;
let open: Worker[] = [];

beforeAll(async () => {
  const engine = await testEngine('0.22.5');
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-worker-')));
  plugins = join(folder, 'plugins');
  mkdirSync(plugins);
  execFileSync(engine.python, ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
  python = join(folder, 'venv', 'bin', 'python');
  const below = sitePackages(engine.python);
  writeFileSync(join(sitePackages(python), 'layers.pth'), `${below}\n${plugins}\n`);
  definePlugin('guard', 'raise ValueError("max_price must be set")');
  definePlugin('quiet', 'return spec');
  definePlugin(
    'sleeper',
    `open(${JSON.stringify(join(folder, 'asleep'))}, "w").write("x"); __import__("time").sleep(60)`,
  );
});

afterEach(async () => {
  await Promise.all(open.map((worker) => worker.stop()));
  open = [];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sitePackages(interpreter: string): string {
  const code = 'import site; print(site.getsitepackages()[0])';
  return execFileSync(interpreter, ['-c', code], { encoding: 'utf8' }).trim();
}

function definePlugin(name: string, body: string): void {
  const source = `from dstack.plugins import ApplyPolicy, Plugin

class Policy(ApplyPolicy):
    def on_run_apply(self, user, project, spec):
        ${body}

class P(Plugin):
    def get_apply_policies(self):
        return [Policy()]
`;
  const info = join(plugins, `${name}-1.dist-info`);
  mkdirSync(info);
  writeFileSync(join(plugins, `${name}.py`), source);
  writeFileSync(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: 1\n`);
  writeFileSync(join(info, 'entry_points.txt'), `[dstack.plugins]\n${name} = ${name}:P\n`);
}

function start(options: { python?: string; pycache?: string | null } = {}): Worker {
  const worker = Worker.start({
    python: options.python ?? python,
    environment: { PATH: process.env['PATH'] ?? '', HOME: folder },
    cwd: folder,
    pycache: options.pycache ?? null,
  });
  open.push(worker);
  return worker;
}

function request(plugin: string, samples = 1): Omit<ReplayRequest, 'do' | 'id'> {
  const file = join(folder, 'train.dstack.yml');
  writeFileSync(file, 'type: task\nname: train\ncommands: [python train.py]\n');
  const sample = {
    file,
    configurationPath: 'train.dstack.yml',
    contexts: [{ user: 'admin', project: 'main', profile: null }],
  };
  return { plugins: [plugin], root: plugins, samples: Array(samples).fill(sample), env: {}, timeout: 30 };
}

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const answer of answers) found.push(answer);
  return found;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

describe('a worker', () => {
  test('says what it runs on', async () => {
    expect(await start().ready).toMatchObject({ type: 'ready', dstack: '0.22.5' });
  });

  test('answers for each sample, for the plugins, and for each replay, in this order', async () => {
    const answers = await all(start().replay(request('guard')));
    expect(answers.map((answer) => answer.type)).toEqual(['sample', 'loaded', 'replay']);
    expect(answers[2]).toMatchObject({
      outcome: 'rejected',
      message: 'max_price must be set',
      policy: { name: 'guard.Policy', file: join(plugins, 'guard.py'), line: 5 },
    });
  });

  test('takes batch after batch, and several at once', async () => {
    const worker = start();
    await all(worker.replay(request('quiet')));
    const [one, two] = await Promise.all([
      all(worker.replay(request('guard'))),
      all(worker.replay(request('quiet'))),
    ]);
    expect(one?.at(-1)).toMatchObject({ outcome: 'rejected' });
    expect(two?.at(-1)).toMatchObject({ outcome: 'accepted' });
  });

  test('is told which answers it gave before, where it is asked again', async () => {
    const worker = start();
    const [one, two] = [
      await all(worker.replay({ ...request('guard', 2), again: true })),
      await all(worker.replay({ ...request('guard', 2), again: true, unchanged: true })),
    ];
    expect(one.map(({ type }) => type)).toEqual(['sample', 'sample', 'loaded', 'replay', 'replay']);
    const own = { id: expect.any(Number), milliseconds: expect.any(Number) };
    for (const [index, answer] of two.entries()) {
      const before = one[index];
      expect(answer).toEqual(answer.type === 'replay' ? { ...before, ...own } : { ...before, id: own.id });
      if (answer.type === 'replay' && before?.type === 'replay') expect(answer.first).toBe(before.first);
      if (answer.type === 'sample' && before?.type === 'sample') expect(answer.secrets).toBe(before.secrets);
      if (answer.type === 'loaded' && before?.type === 'loaded')
        expect(answer.policies).toBe(before.policies);
    }
  });

  test('streams thousands of answers to a slow reader', async () => {
    const replayed = new Set<number>();
    for await (const answer of start().replay(request('quiet', 3000))) {
      if (answer.type !== 'replay') continue;
      replayed.add(answer.sample);
      if (replayed.size % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(replayed.size).toBe(3000);
  });

  test('goes on after a reader that left in the middle of a batch', async () => {
    const worker = start();
    for await (const answer of worker.replay(request('quiet', 1000))) {
      if (answer.type === 'replay') break;
    }
    expect(await all(worker.replay(request('quiet')))).toHaveLength(3);
  });

  test('keeps the bytecode of its modules where it is told to, by the version of the tool', async () => {
    const pycache = join(folder, 'pycache');
    await start({ pycache }).ready;
    expect(readdirSync(pycache)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });
});

describe('a worker that ends', () => {
  test('before it is ready fails with exit code 3 and what it wrote', async () => {
    const failure = await failureOf(start({ python: '/bin/sh' }).ready);
    expect(failure).toMatchObject({ code: 'engine-ended', exitCode: 3 });
    expect(failure.details).not.toBe('');
  });

  test('because there is no such Python fails with exit code 3', async () => {
    const worker = start({ python: join(folder, 'nowhere') });
    expect(await failureOf(worker.ready)).toMatchObject({ code: 'engine-broken', exitCode: 3 });
    expect(await failureOf(all(worker.replay(request('quiet'))))).toMatchObject({ code: 'engine-broken' });
  });

  test('because dstack is missing says so', async () => {
    const bare = join(folder, 'bare');
    execFileSync(python, ['-m', 'venv', '--without-pip', bare]);
    const failure = await failureOf(start({ python: join(bare, 'bin', 'python') }).ready);
    expect(failure).toMatchObject({ code: 'engine-broken', exitCode: 3 });
    expect(failure.message).toContain("dstack can't be imported");
    expect(failure.details).toContain('ModuleNotFoundError');
  });

  test.each(['kill', 'stop'] as const)('by %s ends the batch at once', async (how) => {
    const worker = start();
    await worker.ready;
    const started = performance.now();
    const batch = failureOf(all(worker.replay(request('sleeper'))));
    await waitFor(() => readdirSync(folder).includes('asleep'));
    rmSync(join(folder, 'asleep'));
    await worker[how]();
    expect(await batch).toMatchObject({ code: 'engine-ended', exitCode: 3 });
    expect(performance.now() - started).toBeLessThan(10_000);
    await worker.stop();
    await worker.stop();
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a worker's answer", () => {
  test.each([
    '',
    'hello',
    'null',
    '[]',
    '{}',
    '{"type":"toString"}',
    '{"type":"done"}',
    '{"type":"ready","dstack":1,"python":"","pydantic":""}',
    '{"type":"replay","id":1,"sample":0,"context":0,"outcome":"fine"}',
  ])('is refused where it is none: %s', (line) => {
    expect(answerOf(line)).toBeNull();
  });

  test('is taken as it is', () => {
    expect(answerOf('{"type":"done","id":1,"spent":{"read":1}}')).toMatchObject({ type: 'done', id: 1 });
  });
});

test("the worker's folder is found from the sources", () => {
  expect(readdirSync(workerFolder())).toContain('__main__.py');
  expect(dirname(workerFolder())).toMatch(/src.engine$/);
});
