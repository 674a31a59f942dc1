import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { emptyFolder } from '../executable.ts';
import { testCache } from '../test-cache.ts';
import { bounded, running, runs, server, started, until } from './programs.ts';

/** Text of JavaScript that starts a child with this program, which writes its pid to a file. */
function child(file: string, program: string, detached: boolean): string {
  const whole = `${bounded} ${program}; require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 999)`;
  return `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(whole)}], { stdio: 'ignore', detached: ${detached} });`;
}

const deaf = "process.on('SIGTERM', () => {})";

async function pidIn(file: string): Promise<number> {
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  const pid = Number(readFileSync(file, 'utf8'));
  expect(runs(pid)).toBe(true);
  return pid;
}

test('a service that ignores SIGTERM is killed, which is said', async () => {
  const service = await started(
    running(server(`${deaf}; require('node:fs').writeFileSync('pid', '' + process.pid);`)),
  );
  const { port } = new URL(service.url);
  expect(await service.stop()).toEqual({ how: 'killed', leftOver: [] });
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
});

test('what a service has started ends with it', async () => {
  const root = emptyFolder();
  const service = await started(running(server(child('child', '', false)), { root }));
  const pid = await pidIn(join(root, 'child'));
  expect(await service.stop()).toEqual({ how: 'stopped', leftOver: [] });
  expect(runs(pid)).toBe(false);
});

test('a process of its group that outlives it is ended, and named', async () => {
  const root = emptyFolder();
  const service = await started(running(server(child('child', deaf, false)), { root }));
  const pid = await pidIn(join(root, 'child'));
  expect(await service.stop()).toEqual({ how: 'stopped', leftOver: ['node'] });
  expect(runs(pid)).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'a daemon that left its group is ended, and named (needs Linux)',
  async () => {
    const root = emptyFolder();
    const program = server(child('calm', '', true) + child('deaf', deaf, true));
    const service = await started(running(program, { root }));
    const pids = [await pidIn(join(root, 'calm')), await pidIn(join(root, 'deaf'))];
    expect(await service.stop()).toEqual({ how: 'stopped', leftOver: ['node', 'node'] });
    expect(pids.filter(runs)).toEqual([]);
  },
);

/** A program, bundled from the sources, that starts the service in its folder and then does what its argument says. */
let holder: string;
beforeAll(async () => {
  const source = fileURLToPath(new URL('./holder.ts', import.meta.url));
  const outDir = join(testCache, 'service-holder');
  const deps = { alwaysBundle: [/.*/], onlyBundle: false as const };
  await build({
    ...{ entry: { holder: source }, outDir, deps, config: false, logLevel: 'error', dts: false },
    ...{ format: 'esm', platform: 'node', fixedExtension: true, clean: false },
  });
  holder = join(outDir, 'holder.mjs');
});

interface Held {
  readonly process: ChildProcess;
  readonly end: Promise<number | NodeJS.Signals | null>;
  readonly pids: readonly number[];
  readonly temporary: string;
}

/** Starts the holder of a service that has a child in its group, and a daemon. */
async function held(how: string, before = ''): Promise<Held> {
  const root = emptyFolder();
  const temporary = emptyFolder();
  const daemon = process.platform === 'linux' ? child('daemon', deaf, true) : '';
  const program = server(
    `${before}; require('node:fs').writeFileSync('pid', '' + process.pid); ${child('child', '', false)} ${daemon}`,
  );
  writeFileSync(join(root, 'service.cjs'), program);
  const holding = spawn(process.execPath, [holder, how], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const end = new Promise<number | NodeJS.Signals | null>((resolve) =>
    holding.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  let said = '';
  holding.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  onTestFinished(() => void holding.kill('SIGKILL'));
  await until(() => said.includes('up'));
  const files = ['pid', 'child', ...(daemon === '' ? [] : ['daemon'])];
  const pids = await Promise.all(files.map((file) => pidIn(join(root, file))));
  expect(readdirSync(temporary)).toHaveLength(1);
  return { process: holding, end, pids, temporary };
}

/** The guard of a folder, which has it among its arguments. */
function commandsThatName(folder: string): readonly string[] {
  const all = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return all.split('\n').filter((line) => line.includes(folder));
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s to this tool leaves nothing running', async (signal, code) => {
  const { process: holding, end, pids, temporary } = await held('wait');
  holding.kill(signal);
  expect(await end).toBe(code);
  // Whoever was killed takes a moment to go where the machine is busy.
  await until(() => pids.filter(runs).length === 0 && readdirSync(temporary).length === 0);
  await until(() => commandsThatName(temporary).length === 0);
});

test('Ctrl+C ends a service that ignores SIGTERM as well', async () => {
  const { process: holding, end, pids, temporary } = await held('wait', deaf);
  holding.kill('SIGINT');
  expect(await end).toBe(130);
  // Whoever was killed takes a moment to go where the machine is busy.
  await until(() => pids.filter(runs).length === 0 && readdirSync(temporary).length === 0);
});

test.each([
  ['exit', 5],
  ['throw', 70],
  ['stop', 0],
] as const)('an end of this tool by %s leaves nothing running', async (how, code) => {
  const { process: holding, end, pids, temporary } = await held(how);
  holding.stdin?.end('\n');
  expect(await end).toBe(code);
  // Whoever was killed takes a moment to go where the machine is busy.
  await until(() => pids.filter(runs).length === 0 && readdirSync(temporary).length === 0);
  await until(() => commandsThatName(temporary).length === 0);
});

test('where this tool is killed by SIGKILL, the service and its group end a moment later', async () => {
  const { process: holding, end, pids, temporary } = await held('wait');
  // What left the group is beyond reach then, and ended here.
  const [service = 0, inGroup = 0, daemon] = pids;
  if (daemon !== undefined) onTestFinished(() => void process.kill(daemon, 'SIGKILL'));
  holding.kill('SIGKILL');
  expect(await end).toBe('SIGKILL');
  await until(() => !runs(service) && !runs(inGroup) && readdirSync(temporary).length === 0);
  await until(() => commandsThatName(temporary).length === 0);
});
