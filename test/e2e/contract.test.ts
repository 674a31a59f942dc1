import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { startService } from '../contract/services.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { dstackEnvironment } from '../scaffold/dstack-python.ts';

/** `test --contract`, through the built executable. */

/** Answers every request with its spec, in which JavaScript has read and written all numbers, and accepts whatever it gets. */
const careless = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  let spec = {};
  try { spec = JSON.parse(text).spec ?? {}; } catch {}
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ spec }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

function carelessProject(): string {
  const folder = copyOfFixture('example-service');
  writeFileSync(join(folder, 'careless.mjs'), careless);
  const command = JSON.stringify([process.execPath, 'careless.mjs']);
  writeFileSync(
    join(folder, 'dstack-plugin.yml'),
    `dstack: ["0.22.5"]\nrest: {command: ${command}, url: "http://127.0.0.1:{port}"}\n`,
  );
  return folder;
}

const ofContract = new Set([
  'endpoint-missing',
  'canary-changed',
  'not-concurrent',
  'fails-open',
  'slow-service',
]);

test("a service of dstack's own models keeps the contract, and how much was checked is said", async () => {
  const folder = copyOfFixture('example-service');
  const python = join(await dstackEnvironment('0.22.5'), 'bin/python');
  const args = ['--dstack', '0.22.5', '--rest-command', `${python} service.py --port {port}`];
  const more = [
    '--contract',
    '--max-requests',
    '200',
    '--reporter',
    'json=report.json',
    '--reporter',
    'pretty',
  ];
  const { stdout } = await run(['test', 'train', ...args, ...more], { cwd: folder });
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
  expect(report.findings.filter(({ code }) => ofContract.has(code) && code !== 'slow-service')).toEqual([]);
  expect(report.errors).toEqual([]);
  expect(stdout).toMatch(/^contract dstack 0\.22\.5, seed 1: \d+ requests, \d+ answers checked/m);
  expect(stdout).not.toContain('again:');
});

test('a careless service is found out; each failing request is a command, and a sample that replays', async () => {
  const folder = carelessProject();
  const samples = readdirSync(join(folder, 'samples'));
  const first = await run(['test', '--contract', '--seed', '5', '--save'], { cwd: folder });
  expect(first.code).toBe(1);
  expect(first.stdout).toContain('✗ error canary-changed:');
  expect(first.stdout).toContain('✗ error fails-open:');
  expect(first.stdout).toContain('--seed 5');
  const saved = readdirSync(join(folder, 'samples')).filter((name) => !samples.includes(name));
  expect(saved).toEqual([expect.stringMatching(/^contract-canary-changed-run(-\d)?\.spec\.json$/)]);
  const [name = ''] = saved;
  expect(first.stdout).toContain(`saved: samples/${name}`);

  // The command, as it was printed, sends the request again.
  const commands = first.stdout.split('\n').filter((line) => line.startsWith('    curl '));
  expect(commands.length).toBeGreaterThanOrEqual(3);
  const server = await startService(() => ({ status: 200, body: 'seen' }));
  for (const command of commands) {
    const there = command.replace(/http:\/\/127\.0\.0\.1:\d+/, server.url);
    const { stdout } = await promisify(execFile)('sh', ['-c', there]);
    expect(stdout).toBe('seen');
  }
  await server.stop();
  expect(server.received.join('\n')).toContain('12345678901234567890');

  const again = await run(['test', name, '--reporter', 'json'], { cwd: folder });
  const report = JSON.parse(again.stdout) as Report;
  expect(report.errors).toEqual([]);
  const [replay] = report.replays.filter(({ builtin }) => !builtin);
  expect(replay).toMatchObject({ sample: `samples/${name}`, kind: 'run', verdict: 'new' });
});

test('a finding of the contract that is silenced is no finding, and one that is silenced in vain is named', async () => {
  const folder = carelessProject();
  const file = join(folder, 'dstack-plugin.yml');
  const silenced = ['canary-changed', 'fails-open', 'not-concurrent']
    .map((code) => `  - {finding: ${code}, samples: ["*"], reason: "known"}`)
    .join('\n');
  writeFileSync(file, `${readFileSync(file, 'utf8')}ignore:\n${silenced}\n`);
  const args = ['test', '--contract', '--reporter', 'json'];
  const { stdout } = await run(args, { cwd: folder });
  const { findings } = JSON.parse(stdout) as Report;
  expect(findings.map(({ code }) => code).filter((code) => ofContract.has(code))).toEqual([]);
  expect(findings).toMatchObject([
    { code: 'unused-ignore', text: expect.stringContaining('not-concurrent') },
  ]);
});

test.each([
  [['--contract'], 'there is none in this run'],
  [['--seed', '3'], '--seed belongs to --contract'],
  [['--save'], '--save belongs to --contract'],
  [['--contract', '--max-requests', '0'], '--max-requests takes a whole number'],
  [['--contract', '--seed', 'x'], '--seed takes a whole number'],
])('%j of a package plugin is refused', async (args, words) => {
  const folder = copyOfFixture('projects/hatchling');
  mkdirSync(join(folder, 'samples'), { recursive: true });
  const { code, stderr } = await run(['test', ...args], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});
