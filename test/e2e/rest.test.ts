import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { processesWith } from '../processes.ts';
import { dstackEnvironment } from '../scaffold/dstack-python.ts';

/** The server of dstack's documentation, which knows nothing of this tool, through dstack's own rest_plugin. */

const expected = {
  chat: 'modified',
  costly: 'rejected',
  data: 'unchanged',
  front: 'unchanged',
  ide: 'modified',
  pool: 'unchanged',
  train: 'modified',
};

/** Python with FastAPI and a dstack of its own, which a plugin service in Python has. */
async function python(dstack = '0.22.5'): Promise<string> {
  return join(await dstackEnvironment(dstack), 'bin/python');
}

function outcomes({ replays }: Report): Record<string, string> {
  return Object.fromEntries(
    replays
      .filter(({ builtin }) => !builtin)
      .map(({ sample, outcome }) => [sample.replace(/^samples\/(.*)\.dstack\.yml$/, '$1'), outcome]),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('a command starts it, its log stands with the replays, and nothing is left running', async () => {
  const folder = copyOfFixture('example-service');
  const args = ['--dstack', '0.22.5', '--rest-command', `${await python()} service.py --port {port}`];
  const { code, stdout, stderr } = await run(['test', ...args, '--reporter', 'json', '--timings'], {
    cwd: folder,
  });
  const report = JSON.parse(stdout) as Report;
  expect(report.errors, stderr).toEqual([]);
  expect(stderr).toMatch(/^ +[0-9.]+ s {2}start of the plugin service$/m);
  expect(outcomes(report)).toEqual(expected);
  expect(code).toBe(1); // nothing is recorded yet
  expect(report.target).toMatchObject({ kind: 'rest', plugins: ['rest_plugin'] });
  expect(report.target?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const named = (name: string) =>
    report.replays.find(({ sample }) => sample === `samples/${name}.dstack.yml`);
  expect(named('costly')?.message).toBe('Apply request rejected: max_price may not be above 10');
  expect(named('train')?.logs.join('\n')).toContain('INFO:example:run train of admin in main');
  expect(named('train')?.logs.join('\n')).not.toContain('run ide');
  expect(named('ide')?.logs.join('\n')).toContain('run ide of admin in main');
  expect(named('train')?.changes).toEqual([
    { path: '/configuration/max_price', to: 10, policy: { name: 'rest_plugin', file: null, line: null } },
  ]);
  expect(named('costly')?.answers).toMatchObject([
    { phase: 'plan', method: 'POST', status: 200, error: null, body: expect.stringContaining('above 10') },
  ]);
  expect(stdout).not.toContain('hf_0123456789abcdef');
  expect(report.replays.flatMap(({ findings }) => findings)).toEqual([]);
  expect(processesWith('cmdline', folder)).toEqual([]);
});

test('what is recorded of it passes, and with --update as for any plugin', async () => {
  const folder = copyOfFixture('example-service');
  const command = `${await python()} service.py --port {port}`;
  writeFileSync(
    join(folder, 'dstack-plugin.yml'),
    `dstack: ["0.22.5"]\nrest: {command: ${JSON.stringify(command.split(' '))}, url: "http://127.0.0.1:{port}"}\n`,
  );
  const updated = await run(['test', '--update'], { cwd: folder });
  expect(updated.code, updated.stdout + updated.stderr).toBe(0);
  const again = await run(['test'], { cwd: folder });
  expect(again.code, again.stdout).toBe(0);
  expect(again.stdout).toContain('7 passed');
  expect(readFileSync(join(folder, 'samples/costly.expected.yml'), 'utf8')).toContain(
    'message: "Apply request rejected: max_price may not be above 10"',
  );
});

test('a server that runs already is asked where it is, and left running', async () => {
  const folder = copyOfFixture('example-service');
  const port = await freePort();
  const server = spawn(await python(), ['service.py', '--port', String(port)], {
    cwd: folder,
    stdio: 'ignore',
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  await answering(server, port);
  const url = `http://127.0.0.1:${port}`;
  const args = ['test', '--dstack', '0.22.5', '--rest-url', url, '--reporter', 'json'];
  const proxy = {
    HTTP_PROXY: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
    NO_PROXY: '',
    no_proxy: '',
  };
  const { stdout } = await run(args, { cwd: folder, env: proxy });
  const report = JSON.parse(stdout) as Report;
  expect(report.target).toMatchObject({ kind: 'rest', url });
  expect(outcomes(report)).toEqual(expected);
  expect(server.exitCode).toBeNull();
});

async function answering(server: ChildProcess, port: number): Promise<void> {
  while (server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/docs`).catch(() => null);
    if (answer !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server ended');
}

test('where nobody listens, or the server does not come up, it says so and exits with 3', async () => {
  const folder = copyOfFixture('example-service');
  const nobody = await run(
    ['test', '--dstack', '0.22.5', '--rest-url', `http://127.0.0.1:${await freePort()}`],
    {
      cwd: folder,
    },
  );
  expect(nobody.code).toBe(3);
  expect(nobody.stderr).toMatch(/doesn't answer|nobody|not answer/i);
  const command = `${await python()} service.py --prot {port}`;
  const wrong = await run(['test', '--dstack', '0.22.5', '--rest-command', command], { cwd: folder });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('unrecognized arguments: --prot');
});

test('a server on older models than the engine is named, with the fields that it refuses', async () => {
  const folder = copyOfFixture('example-service');
  writeFileSync(
    join(folder, 'samples/groups.dstack.yml'),
    'type: service\nname: groups\nport: 8000\nimage: nginx\nreplicas:\n' +
      '  - {name: a, count: 1, commands: [serve]}\n  - {name: b, count: 1, commands: [serve]}\n',
  );
  const command = `${await python('0.21.0')} service.py --port {port}`;
  const args = ['test', 'groups', '--dstack', '0.22.5', '--rest-command', command, '--reporter', 'json'];
  const { code, stdout, stderr } = await run(args, { cwd: folder });
  const report = JSON.parse(stdout) as Report;
  expect(code, stderr).toBe(1);
  const findings = report.replays.flatMap((replay) => replay.findings);
  expect(findings.map(({ code }) => code)).toContain('reason-lost');
  expect(findings.find(({ code }) => code === 'reason-lost')?.text).toMatch(/groups/);
  expect(findings.find(({ code }) => code === 'reason-lost')?.text).toMatch(/older|0\.22\.5/);
});

test('a package plugin and a REST plugin are one chain, and each change has its own policy', async () => {
  const folder = copyOfFixture('example-plugin');
  writeFileSync(join(folder, 'service.py'), tagger);
  const args = ['--dstack', '0.22.5', '--rest-command', 'python3 service.py {port}', '--reporter', 'json'];
  const { stdout, stderr } = await run(['test', 'train', 'pool', ...args], { cwd: folder });
  const report = JSON.parse(stdout) as Report;
  expect(report.errors, stderr).toEqual([]);
  expect(report.target).toMatchObject({ kind: 'mixed', plugins: ['example_plugin', 'rest_plugin'] });
  const changes = (name: string) =>
    Object.fromEntries(
      report.replays
        .find(({ sample }) => sample === `samples/${name}.dstack.yml`)
        ?.changes.map(({ path, policy }) => [path, policy?.name]) ?? [],
    );
  expect(changes('pool')).toEqual({ '/configuration/tags/seen': 'rest_plugin' });
  expect(changes('train')).toEqual({
    // Parsed by rest_plugin, before the server would have done it.
    '/configuration/max_duration': 'example_plugin.HouseRules, then rest_plugin',
    '/configuration/max_price': 'example_plugin.HouseRules',
    '/configuration/tags/seen': 'rest_plugin',
    '/configuration/tags/team': 'example_plugin.HouseRules',
  });
});

const tagger = `import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Tagger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404)
        self.end_headers()

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        spec = request["spec"]
        spec["configuration"]["tags"] = {**(spec["configuration"].get("tags") or {}), "seen": "yes"}
        body = json.dumps({"spec": spec}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Tagger).serve_forever()
`;
