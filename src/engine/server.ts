import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ExitCode, Failure } from '../failure.ts';
import type { Json } from '../replay/model.ts';
import type { Configuration } from '../target/configuration.ts';
import { onInterrupt } from '../terminal/signals.ts';
import { policyEnvironment } from './policy-environment.ts';
import { serverEnvironment } from './server-environment.ts';

export interface ServerOptions {
  /** The engine's Python; `dstack[server]` is installed beside it. */
  readonly python: string;
  /** The entry points to enable. */
  readonly plugins: readonly string[];
  readonly configuration: Pick<Configuration, 'passEnv' | 'serverEnv'>;
}

/** An answer of the server's HTTP API; `body` is null where it is no JSON. */
export interface ServerResponse {
  readonly status: number;
  readonly body: Json;
}

/** A real dstack server on loopback, with a home and a database of its own. */
export interface DstackServer {
  readonly adminToken: string;
  /** @throws Failure (exit 3) where the server doesn't answer: it has ended, or says nothing for two minutes */
  post(path: string, body: Json, token: string): Promise<ServerResponse>;
  /** Empties its table of volumes: the API only marks them, and their names stay taken. */
  forgetVolumes(): Promise<void>;
  /** What it has logged so far, as lines. */
  log(): readonly string[];
  /** Ends it with all that it started, and removes its home. Safe to call twice. */
  stop(): void;
}

const bootSeconds = 120;
const answerSeconds = 120;
/** What is kept of the log: a server that logs without end costs no more memory than this many lines. */
const keptLines = 20_000;
const shownLines = 30;

/**
 * Starts `dstack server` with plugins enabled and waits until it answers. Whatever ends this process ends the server too.
 *
 * @param signal ends the waiting
 * @throws Failure (exit 3) with the last lines of its log where it doesn't come up
 */
export async function startServer(options: ServerOptions, signal: AbortSignal): Promise<DstackServer> {
  // Between the choice of a port and its use another program may take it.
  for (let attempt = 1; ; attempt++) {
    const server = launch(options, await freePort());
    try {
      const trouble = await untilUp(server, signal);
      if (trouble === null) return server;
      const log = server.log();
      if (attempt < 3 && log.some((line) => /address already in use/i.test(line))) {
        server.stop();
        continue;
      }
      throw new Failure({
        code: 'server-not-up',
        text: `The dstack server ${trouble}.`,
        exitCode: ExitCode.cannotRun,
        hint: "Without --server the samples are replayed through dstack's own functions, with no server.",
        details: log.slice(-shownLines).join('\n') || undefined,
      });
    } catch (error) {
      server.stop();
      throw error;
    }
  }
}

interface Launched extends DstackServer {
  /** How it ended, once it has. */
  ended(): string | null;
}

function launch({ python, plugins, configuration }: ServerOptions, port: number): Launched {
  const folder = mkdtempSync(join(tmpdir(), 'create-dstack-plugin-server-'));
  const home = join(folder, 'home');
  const tmp = join(folder, 'tmp');
  mkdirSync(join(home, '.dstack', 'server'), { recursive: true });
  mkdirSync(tmp);
  // JSON is YAML, and quotes every name.
  const config = { plugins, projects: [{ name: 'main' }] };
  writeFileSync(join(home, '.dstack', 'server', 'config.yml'), `${JSON.stringify(config)}\n`);
  const adminToken = randomBytes(24).toString('hex');
  const posix = process.platform !== 'win32';
  const program = join(dirname(python), posix ? 'dstack' : 'dstack.exe');
  const child = spawn(program, ['server', '--host', '127.0.0.1', '--port', String(port), '--yes'], {
    cwd: home,
    env: serverEnvironment(policyEnvironment(configuration, process.env, { home, tmp }), adminToken),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    detached: posix, // a process group of its own, so that what plugins start ends with it
  });
  const lines = keepLines(child);
  let end: string | null = null;
  child.once('error', (error) => {
    end = `can't be started: ${error.message}`;
  });
  child.once('exit', (code, killedBy) => {
    end = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
  });
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    forget();
    process.removeListener('exit', stop);
    killGroup(child, posix);
    // Something that left the group may hold them open, and this process would wait for it.
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const forget = onInterrupt(stop);
  process.once('exit', stop);
  const post = async (path: string, body: Json, token: string): Promise<ServerResponse> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerSeconds * 1000),
      });
      return { status: response.status, body: jsonOf(await response.text()) };
    } catch (error) {
      // Its end is known a moment after its connections are gone.
      await delay(200);
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      const how = timedOut ? `gave no answer within ${answerSeconds} s` : "doesn't answer any more";
      throw new Failure({
        code: 'server-lost',
        text: `The dstack server ${end ?? how}, over ${path}.`,
        exitCode: ExitCode.cannotRun,
        details: lines.slice(-shownLines).join('\n') || undefined,
      });
    }
  };
  const forgetVolumes = async (): Promise<void> => {
    const database = join(home, '.dstack', 'server', 'data', 'sqlite.db');
    const code =
      'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], 30); c.execute("DELETE FROM volumes"); c.commit()';
    await promisify(execFile)(python, ['-I', '-c', code, database], { windowsHide: true });
  };
  return { adminToken, post, forgetVolumes, log: () => [...lines], stop, ended: () => end };
}

/** Null once it answers to its own token, which a stranger on the same port wouldn't; else why it never will. */
async function untilUp(server: Launched, signal: AbortSignal): Promise<string | null> {
  const limit = performance.now() + bootSeconds * 1000;
  while (performance.now() < limit) {
    signal.throwIfAborted();
    const ended = server.ended();
    if (ended !== null) return ended;
    const answer = await server.post('/api/users/get_my_user', {}, server.adminToken).catch(() => null);
    if (answer?.status === 200) return null;
    await delay(150, undefined, { signal });
  }
  return `didn't answer within ${bootSeconds} s`;
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      const parts = (rest + piece).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      if (lines.length > keptLines) lines.splice(0, lines.length - keptLines);
    });
  }
  return lines;
}

function killGroup(child: ChildProcess, posix: boolean): void {
  if (child.pid === undefined) return;
  try {
    // At once: its database is thrown away, and nothing that it started may live on.
    if (posix) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json; // JSON.parse makes nothing else
  } catch {
    return null;
  }
}
