import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { type ServiceOptions, startService } from '../../src/service/service.ts';
import { emptyFolder } from '../executable.ts';
import { never, running, runs, server, started, until } from './programs.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

/** A server of this process, which the service has nothing to do with. */
async function stranger(host: string, port = 0): Promise<number> {
  const server: Server = createServer((_request, response) => response.end());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port; // a server that listens at a port has one
}

async function failureOf(options: ServiceOptions): Promise<Failure> {
  const outcome = await startService(options, () => {}, never).catch((error: unknown) => error);
  if (!(outcome instanceof Failure)) throw outcome instanceof Error ? outcome : new Error('it came up');
  return outcome;
}

test('a service gets a free port in its command, its URL and PORT, and its output is kept until it is stopped', async () => {
  const root = emptyFolder();
  const program = server(
    `console.log('port', process.env.PORT, process.argv[2]); console.error('to stderr');`,
  );
  const service = await started(
    running(program, {
      root,
      command: [process.execPath, 'service.cjs', '--port={port}'],
      url: 'http://127.0.0.1:{port}/',
    }),
  );
  const port = new URL(service.url).port;
  expect(service.url).toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(service.url)).status).toBe(404);
  expect(service.lastLines(10)).toEqual([`port ${port} --port=${port}`, 'to stderr']);
  const file = service.logFile ?? '';
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  expect(service.ended()).toBeNull();

  const stopped = { how: 'stopped', leftOver: [] };
  expect(await Promise.all([service.stop(), service.stop()])).toEqual([stopped, stopped]);
  expect(await service.stop()).toEqual(stopped);
  expect(service.ended()).toBeNull();
  expect(existsSync(dirname(file))).toBe(false);
  expect(service.readLog(0, 100)).toEqual([]);
  await expect(fetch(service.url)).rejects.toThrow();
});

test('a service that comes up late is waited for, which is said once', async () => {
  const said: string[] = [];
  const program = `setTimeout(() => { ${server()} }, 1500);`;
  const service = await started(running(program), (text) => said.push(text));
  expect(said).toEqual([`Waiting for the plugin service at ${service.url}…`]);
});

test('a service that takes connections but never answers is shown with its last lines', async () => {
  const program = `
    for (let i = 1; i <= 30; i++) console.log('line ' + i);
    require('node:net').createServer(() => {}).listen(Number(process.env.PORT), '127.0.0.1');
    require('node:fs').writeFileSync('pid', String(process.pid));`;
  const options = running(program, { startTimeout: 1 });
  const failure = await failureOf(options);
  expect(failure).toMatchObject({ code: 'service-not-up', exitCode: 3 });
  expect(failure.message).toMatch(
    /^The plugin service didn't answer at http:\/\/127\.0\.0\.1:\d+ within 1 s: it runs, but takes connections but gives no answer\.$/,
  );
  expect(failure.details?.split('\n').slice(1, 3)).toEqual(['its last output:', 'line 11']);
  expect(runs(Number(readFileSync(join(options.root, 'pid'), 'utf8')))).toBe(false);
});

test.each([
  ["console.error('no settings'); process.exit(3)", 'exited with code 3', 'no settings'],
  ["process.kill(process.pid, 'SIGSEGV')", 'was ended by SIGSEGV', 'It has written nothing.'],
])('a service that ends at once is named with how it ended: %s', async (program, how, line) => {
  const failure = await failureOf(running(program));
  expect(failure.message).toMatch(
    new RegExp(`^The plugin service ${how} before it answered at http://127.0.0.1:\\d+\\.$`),
  );
  expect(failure.details).toContain(line);
});

test('a service that listens elsewhere is told where it should', async () => {
  const program = `require('node:http').createServer((q, a) => a.end()).listen(0, '127.0.0.1')`;
  const failure = await failureOf(running(program, { startTimeout: 0.5 }));
  expect(failure.message).toContain("it runs, but isn't listening there.");
  expect(failure.hint).toContain('PORT (here ');
});

test.skipIf(!hasIpv6)(
  'a service that listens on IPv6 alone is found by its URL, and else named (needs IPv6)',
  async () => {
    const failure = await failureOf(running(server('', '::1'), { startTimeout: 0.7 }));
    expect(failure.hint).toMatch(/^It answers at http:\/\/\[::1\]:\d+\. /);
    const service = await started(running(server('', '::1'), { url: 'http://[::1]:{port}' }));
    expect(service.ended()).toBeNull();
  },
);

test('a command that can’t be started says which word is wrong, and what to do', async () => {
  const root = emptyFolder();
  writeFileSync(join(root, 'plain.sh'), '#!/bin/sh\n');
  writeFileSync(join(root, 'odd.sh'), '#!/no/such/program\n', { mode: 0o755 });
  const failing = async (...command: string[]): Promise<string> => {
    const { code, exitCode, message, hint } = await failureOf(running('', { root, command }));
    expect({ code, exitCode }).toEqual({ code: 'service-not-started', exitCode: 3 });
    return `${message} ${hint}`;
  };
  expect(await failing('no-such-server', '--port')).toBe(
    'The plugin service can\'t be started: there is no command "no-such-server" on PATH. Install no-such-server, or write the command so that it begins with a program that is there.',
  );
  expect(await failing('./missing')).toContain(`there is no "./missing" in ${root}. `);
  expect(await failing('./plain.sh')).toContain('"./plain.sh" may not be executed.');
  expect(await failing('./odd.sh')).toContain("is there, but what its first line names isn't.");
  writeFileSync(join(root, 'package.json'), '{}');
  expect(await failing('tsx', 'server.ts')).toContain('First run: npm install');
  mkdirSync(join(root, 'node_modules'));
  expect(await failing('tsx', 'server.ts')).toContain('Install tsx');
});

test('where PATH has no uv, the one of the engine is run in its place', async () => {
  const root = emptyFolder();
  writeFileSync(join(root, 'bin-uv'), `#!${process.execPath}\n${server('console.log(process.argv[2])')}`, {
    mode: 0o755,
  });
  const options = running('', { root, command: ['uv', 'run'], uv: join(root, 'bin-uv') });
  const service = await started({ ...options, environment: { PATH: root } });
  expect(service.lastLines(1)).toEqual(['run']);
});

test('a port that is taken before the service is started is named, and nothing is started', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const port = await stranger(host);
    const options = running("require('node:fs').writeFileSync('ran', '')", {
      url: `http://127.0.0.1:${port}`,
    });
    const failure = await failureOf(options);
    expect(failure).toMatchObject({ code: 'service-port-taken', exitCode: 3 });
    expect(failure.message).toContain(`Something else already listens at http://127.0.0.1:${port}`);
    expect(failure.hint).toContain(`--rest-url http://127.0.0.1:${port}`);
    expect(existsSync(join(options.root, 'ran'))).toBe(false);
  }
});

test('a service that finds its port in use gets another one', async () => {
  const program = `
    const fs = require('node:fs');
    if (!fs.existsSync('tried')) {
      fs.writeFileSync('tried', process.env.PORT);
      throw new Error('listen EADDRINUSE: address already in use');
    }
    ${server()}`;
  const options = running(program);
  const service = await started(options);
  expect(new URL(service.url).port).not.toBe(readFileSync(join(options.root, 'tried'), 'utf8'));
  const always = await failureOf(
    running("console.log('[Errno 98] Address already in use'); process.exit(1)"),
  );
  expect(always.message).toContain('exited with code 1');
});

test('services that are started at once get ports of their own', async () => {
  const services = await Promise.all(Array.from({ length: 4 }, () => started(running(server()))));
  expect(new Set(services.map(({ url }) => url)).size).toBe(4);
});

test('how a service ended by itself is known, and what it wrote last', async () => {
  const service = await started(
    running(server("setTimeout(() => { console.log('bye'); process.exit(9); }, 500);")),
  );
  await until(() => service.ended() !== null);
  expect(service.ended()).toBe('exited with code 9');
  expect(service.lastLines(1)).toEqual(['bye']);
  expect(await service.stop()).toEqual({ how: 'ended', leftOver: [] });
  expect(service.ended()).toBe('exited with code 9');
});

test('a service that floods its log is stopped and named', async () => {
  const flood =
    "const line = 'x'.repeat(65535) + '\\n'; const fs = require('node:fs'); for (;;) fs.writeSync(1, line);";
  const service = await started(running(server(`setTimeout(() => { ${flood} }, 300);`)));
  await until(() => service.ended() !== null);
  expect(service.ended()).toBe('was stopped, since it had written more than 50 MiB of output');
  const lines = service.readLog(0, Number.POSITIVE_INFINITY);
  expect(lines.join('').length).toBeLessThan(70_000);
  expect(lines).toContainEqual(expect.stringMatching(/^… \d+ bytes of output left out …$/));
  expect((await service.stop()).how).toBe('ended');
});

test('what a service prints is safe to print, and read by ranges of bytes', async () => {
  const program = server(`process.stdout.write(Buffer.concat([
    Buffer.from('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07\\x07bell\\r\\n'), Buffer.from([0xff, 0xfe]), Buffer.from('é\\nlast, no end')]));`);
  const service = await started(running(program));
  const { size } = statSync(service.logFile ?? '');
  expect(service.readLog(0, size)).toEqual(['red \\x07bell', '\ufffd\ufffdé', 'last, no end']);
  expect(service.readLog(size - 6, size + 100)).toEqual(['no end']);
  expect(service.readLog(size, size)).toEqual([]);
});

test('a service that somebody else runs need only answer, and isn’t stopped', async () => {
  const port = await stranger('127.0.0.1');
  const options = running('', { command: null, url: `http://127.0.0.1:${port}/plugins/` });
  const service = await started(options);
  expect(service).toMatchObject({ url: `http://127.0.0.1:${port}/plugins`, logFile: null });
  expect(await service.stop()).toEqual({ how: 'left', leftOver: [] });
  expect((await fetch(service.url)).status).toBe(200);
});

test('a service that nobody runs is named without its credentials', async () => {
  const options = running('', { command: null, url: 'http://me:pass@127.0.0.1:1', startTimeout: 0.1 });
  const failure = await failureOf(options);
  expect(failure.message).toBe(
    "The plugin service doesn't answer at http://127.0.0.1:1: it isn't listening there.",
  );
  expect(failure.exitCode).toBe(3);
});

test.each(['127.0.0.1:80', 'ftp://127.0.0.1', 'http://127.0.0.1:{port', 'http://127.0.0.1?x=1'])(
  'what isn’t the URL of an HTTP server is refused: %s',
  async (url) => {
    expect(await failureOf(running('', { url }))).toMatchObject({ code: 'invalid-rest-url', exitCode: 2 });
  },
);

test('{port} without a command is refused', async () => {
  expect(await failureOf(running('', { command: null }))).toMatchObject({
    code: 'invalid-rest-url',
    exitCode: 2,
  });
});

test('an abort ends the waiting with its reason, and the service', async () => {
  const abort = new AbortController();
  const options = running(
    "require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 9)",
  );
  const starting = startService(options, () => {}, abort.signal);
  const failing = expect(starting).rejects.toThrow('enough');
  const file = join(options.root, 'pid');
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  abort.abort(new Error('enough'));
  await failing;
  expect(runs(Number(readFileSync(file, 'utf8')))).toBe(false);
});
