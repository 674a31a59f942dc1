import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Service, type ServiceOptions, startService } from '../../src/service/service.ts';
import { serviceEnvironment } from '../../src/service/service-environment.ts';
import { emptyFolder } from '../executable.ts';

/** What ends a program of a test that fails to end it. */
export const bounded = 'setTimeout(() => process.exit(99), 60_000).unref();';

/** A server that answers 404 to all, on PORT. `before` runs first, `host` is where it listens. */
export function server(before = '', host = '127.0.0.1'): string {
  return `${bounded} ${before}
    const server = require('node:http').createServer((request, response) => { response.statusCode = 404; response.end(); });
    server.listen(Number(process.env.PORT), ${JSON.stringify(host)});`;
}

/** Options for a service that is this text of JavaScript. */
export function running(program: string, more: Partial<ServiceOptions> = {}): ServiceOptions {
  const root = more.root ?? emptyFolder();
  writeFileSync(join(root, 'service.cjs'), program);
  return {
    command: [process.execPath, 'service.cjs'],
    url: 'http://127.0.0.1:{port}',
    startTimeout: 20,
    root,
    environment: serviceEnvironment({ passEnv: [], serverEnv: {} }, process.env),
    uv: null,
    ...more,
  };
}

export const never: AbortSignal = new AbortController().signal;

/** Starts a service that a test which fails stops as well. */
export async function started(
  options: ServiceOptions,
  progress: (text: string) => void = () => {},
): Promise<Service> {
  const service = await startService(options, progress, never);
  onTestFinished(async () => {
    await service.stop();
  });
  return service;
}

/** Whether a process runs, dead ones that nobody has noticed aside. */
export function runs(pid: number): boolean {
  // Not `execFileSync`, which throws: a process that is gone is an answer.
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

export async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('it never came to it');
    await delay(5);
  }
}
