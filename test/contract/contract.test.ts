import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ContractRequest, type ContractResult, checkContract } from '../../src/contract/contract.ts';
import { curlCommand, saveFailing } from '../../src/contract/failing.ts';
import type { Parse } from '../../src/contract/oracle.ts';
import { Worker } from '../../src/engine/worker.ts';
import { isMapping } from '../../src/replay/equality.ts';
import type { Json } from '../../src/replay/model.ts';
import { testEngine } from '../engine-environment.ts';
import { type Call, echo, type Said, type Service, specText, startService } from './services.ts';

let worker: Worker;
let document: Json;
let folder: string;
let open: Service[] = [];
const silent = { step: (): void => {} };
const never = new AbortController().signal;

beforeAll(async () => {
  const { python } = await testEngine('0.22.5');
  folder = mkdtempSync(join(tmpdir(), 'cdp-contract-'));
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder };
  worker = Worker.start({ python, environment, cwd: folder, pycache: null });
  await worker.ready;
  document = await worker.openapi();
});

afterEach(async () => {
  await Promise.all(open.map((service) => service.stop()));
  open = [];
});

afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true, force: true });
});

const parse: Parse = async (kind, dumps) => {
  const answer = await worker.normalise({ kind, dumps });
  return answer.dumps.map((dump, index) => ({ dump, refusal: answer.refusals[index] ?? null }));
};

async function serve(handler: (call: Call) => Said | null | Promise<Said | null>): Promise<Service> {
  const service = await startService(handler);
  open.push(service);
  return service;
}

function check(url: string, options: Partial<ContractRequest> = {}): Promise<ContractResult> {
  const request = { url, specs: [], document, parse, seed: 7, maxRequests: 500, timeout: 60, ...options };
  return checkContract(request, silent, never);
}

const codes = ({ findings }: ContractResult): readonly string[] => [
  ...new Set(findings.map(({ code }) => code)),
];

/** A service that answers with the spec as JavaScript has it, changed. */
const changing =
  (change: (spec: Record<string, unknown>, call: Call) => unknown) =>
  (call: Call): Said => {
    const good = echo(call);
    const text = specText(call.text);
    if (good.status !== 200 || text === null) return good;
    return { status: 200, body: JSON.stringify({ spec: change(JSON.parse(text), call) }) };
  };

describe('a service that keeps the contract', () => {
  test('passes every check, and everything was checked', async () => {
    const service = await serve(echo);
    const result = await check(service.url);
    expect(result.findings).toEqual([]);
    expect(result.failing).toEqual([]);
    expect(result.unchecked).toEqual([]);
    for (const judged of Object.values(result.judged)) expect(judged).toBeGreaterThan(3);
    expect(result.requests).toBeLessThanOrEqual(500);
    expect(result.requests).toBe(service.received.length);
    expect(result.generated.sent).toBeGreaterThan(100);
  });

  test('gets the same requests, byte by byte, for the same seed, and others for another', async () => {
    const sent: (readonly string[])[] = [];
    for (const seed of [3, 3, 4]) {
      const service = await serve(echo);
      await check(service.url, { seed, maxRequests: 300 });
      sent.push([...service.received].sort());
    }
    expect(sent[0]).toEqual(sent[1]);
    expect(sent[0]).not.toEqual(sent[2]);
  });

  test('may refuse fields that it does not know, and change what its policies own', async () => {
    const service = await serve((call) => {
      if (call.text.includes('x_create_dstack_plugin')) return { status: 422, body: '{}' };
      const text = specText(call.text);
      if (text === null) return echo(call);
      const spec = JSON.parse(text);
      const limit = spec.configuration.max_duration;
      if (typeof limit === 'number' && limit > 86_400)
        // As text, so that nothing else is touched.
        return { status: 200, body: echo(call).body.replace(/("max_duration": )\d+/g, '$186400') };
      if (spec.configuration.type === 'dev-environment')
        return { status: 200, body: `{"spec": ${text}, "error": "no dev environments here"}` };
      return echo(call);
    });
    const result = await check(service.url);
    expect(result.findings).toEqual([]);
    expect(result.judged['unknown-fields']).toBeGreaterThan(3);
  });

  test('is asked for no more than it may be, and what was left out is said', async () => {
    const service = await serve(echo);
    const result = await check(service.url, { maxRequests: 40 });
    expect(service.received.length).toBeLessThanOrEqual(40);
    expect(result.findings).toEqual([]);
    expect(result.unchecked.join('\n')).toMatch(/Generated specs/);
    expect(result.unchecked.join('\n')).toMatch(/Requests at once/);
  });

  test('sees no secret of a sample', async () => {
    const service = await serve(echo);
    const spec = { configuration: { type: 'task', commands: [':'], env: { TOKEN: 'hunter22' } } };
    await check(service.url, {
      specs: [{ kind: 'run', user: 'alice', project: 'research', spec }],
      maxRequests: 60,
    });
    expect(service.received.join('\n')).not.toContain('hunter22');
    expect(service.received[0]).toContain('"user": "alice"');
  });
});

describe("a service on dstack's own models, with FastAPI", () => {
  let process_: ChildProcess;
  let url: string;

  beforeAll(async () => {
    // The server's extra brings FastAPI and uvicorn.
    const { python } = await testEngine('0.22.5', ['server']);
    const args = [
      '-B',
      '-m',
      'uvicorn',
      'on_dstack_models:app',
      '--app-dir',
      import.meta.dirname,
      '--port',
      '0',
    ];
    process_ = spawn(python, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    url = await new Promise((resolve, reject) => {
      let said = '';
      process_.once('exit', () => reject(new Error(said)));
      process_.stderr?.setEncoding('utf8').on('data', (piece: string) => {
        said += piece;
        const found = /running on (http:\S+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
  });

  afterAll(() => {
    process_.kill('SIGKILL');
  });

  test('passes, though it refuses unknown fields and parses all others', async () => {
    const result = await check(url);
    expect(result.findings).toEqual([]);
    expect(result.unchecked).toEqual([]);
  });
});

describe('a defect is found, and by its own code', () => {
  const cases: readonly (readonly [
    string,
    readonly string[],
    (call: Call) => Said | null | Promise<Said | null>,
  ])[] = [
    [
      'an endpoint that is missing',
      ['endpoint-missing'],
      (call) => (call.path.includes('volume') ? { status: 404, body: '{}' } : echo(call)),
    ],
    [
      'fields that it does not know are forgotten',
      ['canary-changed'],
      (call) => {
        const text = specText(call.text);
        if (text === null || !text.includes('x_create_dstack_plugin')) return echo(call);
        const spec = JSON.parse(text, (key, value) => (key === 'x_create_dstack_plugin' ? undefined : value));
        return { status: 200, body: JSON.stringify({ spec }) };
      },
    ],
    ['numbers become floats', ['canary-changed'], changing((spec) => spec)],
    [
      'lists are sorted',
      ['canary-changed'],
      (call) => ({
        ...echo(call),
        body: echo(call).body.replace('["b", "a", "", "B", "a"]', '["", "B", "a", "a", "b"]'),
      }),
    ],
    [
      'accents are composed',
      ['canary-changed'],
      (call) => ({ ...echo(call), body: echo(call).body.replaceAll('e\\u0301', '\\u00e9') }),
    ],
    [
      'a missing user is let through',
      ['fails-open'],
      (call) => {
        const at = call.text.indexOf('"spec": {');
        return at < 0 || !call.text.endsWith('}}')
          ? echo(call)
          : { status: 200, body: `{${call.text.slice(at, -1)}}` };
      },
    ],
    [
      'whatever fails is let through with the last spec',
      ['fails-open'],
      (() => {
        let last = '{}';
        return (call: Call): Said => {
          const good = echo(call);
          if (good.status === 200) last = good.body;
          return { status: 200, body: last };
        };
      })(),
    ],
    [
      'requests share a variable',
      ['not-concurrent'],
      (() => {
        let current: Said = { status: 500, body: '' };
        return async (call: Call): Promise<Said> => {
          current = echo(call);
          await new Promise((resolve) => setTimeout(resolve, 2));
          return current;
        };
      })(),
    ],
    [
      'one at a time, the rest is sent away',
      ['not-concurrent'],
      (() => {
        let busy = false;
        return async (call: Call): Promise<Said> => {
          if (busy) return { status: 503, body: '' };
          busy = true;
          await new Promise((resolve) => setTimeout(resolve, 2));
          busy = false;
          return echo(call);
        };
      })(),
    ],
    [
      'a rare field is not expected',
      ['reason-lost'],
      (call) => (/"spot_policy": "/.test(call.text) ? { status: 500, body: 'oops' } : echo(call)),
    ],
    [
      'the name is changed',
      ['identity-changed'],
      (call) => ({
        ...echo(call),
        body: echo(call).body.replace(/"run_name": "[^"]+"/, '"run_name": "another"'),
      }),
    ],
    [
      'a field that dstack has is dropped',
      ['dropped-fields'],
      (call) => ({ ...echo(call), body: echo(call).body.replace(/"max_duration": \d{1,9}, /, '') }),
    ],
    [
      'it decides by the clock',
      ['plan-apply-differ'],
      (() => {
        let time = 0;
        return (call: Call): Said => {
          time += 1;
          const good = echo(call);
          const odd = time % 2 === 1;
          return odd
            ? { ...good, body: good.body.replace('"spot_policy": "spot"', '"spot_policy": "auto"') }
            : good;
        };
      })(),
    ],
    [
      'dstack refuses what it makes',
      ['invalid-result'],
      (call) => ({
        ...echo(call),
        body: echo(call).body.replace(/"spot_policy": "\w+"/, '"spot_policy": "cheap"'),
      }),
    ],
  ];

  test.each(cases)('%s', async (_name, expected, handler) => {
    const service = await serve(handler);
    const result = await check(service.url);
    expect(codes(result), JSON.stringify(result.findings, null, 1)).toEqual(expected);
    for (const { text } of result.findings) expect(text).toContain('--contract --seed 7');
    expect(result.failing.map(({ code }) => code)).toEqual(result.findings.map(({ code }) => code));
  });

  test('a slow service, as a warning', async () => {
    const service = await serve(async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 520));
      return echo(call);
    });
    const result = await check(service.url, { maxRequests: 24, timeout: 30 });
    expect(codes(result)).toEqual(['slow-service']);
    expect(result.findings[0]?.severity).toBe('warning');
    expect(result.p95).toBeGreaterThan(500);
  });
});

describe('a failing request', () => {
  test('is small, runs as a curl command, and becomes a sample that is not written over another', async () => {
    const service = await serve((call) =>
      /"spot_policy": "/.test(call.text) ? { status: 500, body: 'oops' } : echo(call),
    );
    const { failing } = await check(service.url);
    const run = failing.find(({ kind }) => kind === 'run');
    if (run === undefined || run.spec === null) throw new Error('no failing run');
    expect(Object.keys(run.spec)).toSatisfy((keys: string[]) => keys.length <= 2);
    const place = mkdtempSync(join(folder, 'saved-'));
    writeFileSync(join(place, `${run.name}.spec.json`), 'mine');
    const [file = ''] = saveFailing(place, [run]);
    expect(readFileSync(join(place, `${run.name}.spec.json`), 'utf8')).toBe('mine');
    expect(file).toMatch(/-2\.spec\.json$/);
    const spec: Json = JSON.parse(readFileSync(file, 'utf8'));
    expect(isMapping(spec) && spec['configuration']).toBeTruthy();
    const sent = service.received.length;
    const command = curlCommand(run);
    expect(command).toMatch(/^curl /);
    // Without waiting for curl this process couldn't answer it, so the shell only splits the words here.
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command.slice('curl '.length)}`], {
      encoding: 'utf8',
    });
    expect(words.split('\n')).toContain(run.body);
    expect(service.received.length).toBe(sent);
  });
});

describe('hostile services', () => {
  const hostile: readonly (readonly [string, (call: Call) => null])[] = [
    [
      'a body without an end',
      ({ response }) => {
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
        return null;
      },
    ],
    [
      'a connection that is reset',
      ({ request }) => {
        request.socket.resetAndDestroy();
        return null;
      },
    ],
    ['nobody answers', () => null],
    [
      'a body in drips',
      ({ response }) => {
        response.writeHead(200);
        const timer = setInterval(
          () => (response.destroyed ? clearInterval(timer) : response.write(' ')),
          50,
        );
        return null;
      },
    ],
  ];

  test.each(hostile)('%s: the check ends in its time, and passes nothing', async (_name, handler) => {
    const service = await serve(handler);
    const result = await check(service.url, { timeout: 2 });
    expect(result.milliseconds).toBeLessThan(10_000);
    expect(result.findings.length + result.unchecked.length).toBeGreaterThan(0);
  });

  test('a port where nobody listens: every endpoint is missing', async () => {
    const service = await serve(echo);
    await service.stop();
    open = [];
    const result = await check(service.url);
    expect(result.findings.map(({ code }) => code)).toEqual(Array(4).fill('endpoint-missing'));
  });

  test('Ctrl+C ends it at once', async () => {
    const service = await serve(() => null);
    const control = new AbortController();
    setTimeout(() => control.abort(new Error('interrupted')), 200);
    const request = { url: service.url, specs: [], document, parse, seed: 1, maxRequests: 500, timeout: 60 };
    await expect(checkContract(request, silent, control.signal)).rejects.toThrow('interrupted');
  });
});
