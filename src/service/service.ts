import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { onInterrupt } from '../terminal/signals.ts';
import { type Address, addressOf, shownUrl, wantsPort, withPort } from './address.ts';
import { ask } from './asking.ts';
import { guard } from './guard.ts';
import { LogFile } from './log-file.ts';
import { notRunning, notUpFailure, portTaken } from './not-up.ts';
import { isOnPath } from './on-path.ts';
import { freePort, isTaken } from './ports.ts';
import { ServiceProcess, type StoppedService } from './service-process.ts';

export interface ServiceOptions {
  /** The words of the command, each of which may hold `{port}`; null: somebody else runs it, and it need only answer. */
  readonly command: readonly string[] | null;
  /** May hold `{port}`: a free port is chosen then. */
  readonly url: string;
  /** Seconds until it has to answer. */
  readonly startTimeout: number;
  /** The folder that it runs in, absolute. */
  readonly root: string;
  /** All that it sees of an environment, but for PORT and a folder for temporary files; see {@link serviceEnvironment}. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute: the uv to run in place of a first word `uv` where PATH has none. */
  readonly uv: string | null;
}

/** A plugin service that answers. */
export interface Service {
  /** With the port filled in, without a trailing slash. */
  readonly url: string;
  /** Absolute: the file that its output goes to, until it is stopped; null for one that somebody else runs. */
  readonly logFile: string | null;
  /** How it ended by itself, to be read behind "it": `exited with code 3`, `was ended by SIGSEGV`. Null while it runs. */
  ended(): string | null;
  /** The lines that it wrote between two offsets in bytes, safe to print. None once it was stopped. */
  readLog(from: number, to: number): string[];
  /** The last lines of all that it wrote. None once it was stopped. */
  lastLines(count: number): string[];
  /** Ends it and all that it started, and removes its log. Safe to call twice. */
  stop(): Promise<StoppedService>;
}

/** How often another port is tried where the chosen one was taken between its choice and its use. */
const attempts = 3;
const shownLines = 20;
/** Seconds that a service which somebody else runs is waited for: it may have been started just now. */
const patience = 5;

/**
 * Starts a plugin service and waits until it answers HTTP. Whatever ends this process ends the service too.
 *
 * @param progress is told once, where it takes longer than a second
 * @param signal ends the waiting, with the signal's reason
 * @throws Failure (exit 2) where the URL isn't one, (exit 3) where the service doesn't come up or something else is in its place
 */
export async function startService(
  options: ServiceOptions,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Service> {
  const [first, ...others] = options.command ?? [];
  if (first === undefined) return await findRunning(options, progress, signal);
  const absent = options.uv !== null && first === 'uv' && !isOnPath('uv', options.environment);
  const command = [absent && options.uv !== null ? options.uv : first, ...others] as const;
  for (let attempt = 1; ; attempt += 1) {
    const address = await addressFor(options.url);
    signal.throwIfAborted();
    const launched = await launch(options, command, address);
    try {
      const asked = await untilUp(launched, options.startTimeout, progress, signal);
      if (asked === null) return launched;
      const lines = launched.lastLines(shownLines);
      const inUse = lines.some((line) =>
        /address (is )?already in use|EADDRINUSE|only one usage of each socket/i.test(line),
      );
      if (launched.ended() === null || !inUse || !wantsPort(options.url) || attempt === attempts)
        throw await failureOf(options, command, launched, asked, signal);
    } catch (error) {
      await launched.stop();
      throw error;
    }
    await launched.stop();
  }
}

interface Launched extends Service {
  readonly address: Address;
  readonly process: ServiceProcess;
}

async function addressFor(url: string): Promise<Address> {
  if (wantsPort(url)) return addressOf(url, await freePort());
  const address = addressOf(url, 0);
  if (await isTaken(address.url)) throw portTaken(address.url);
  return address;
}

async function launch(
  { root, environment }: ServiceOptions,
  command: readonly [string, ...string[]],
  address: Address,
): Promise<Launched> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'create-dstack-plugin-service-'));
  const tmp = join(folder, 'tmp');
  mkdirSync(tmp);
  const log = new LogFile(join(folder, 'output.log'));
  const [first, ...others] = command;
  const words = [
    withPort(first, address.port),
    ...others.map((word) => withPort(word, address.port)),
  ] as const;
  const whole = { TMPDIR: tmp, TEMP: tmp, TMP: tmp, ...environment, PORT: String(address.port) };
  const child = await ServiceProcess.start(words, root, whole, log).catch((error: unknown) => {
    log.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const unguard = child.group === null ? () => {} : guard(child.group, folder);
  const remove = (): void => {
    forget();
    process.removeListener('exit', kill);
    unguard();
    log.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const kill = (): void => {
    child.kill();
    remove();
  };
  const forget = onInterrupt(kill);
  process.once('exit', kill);
  return {
    address,
    process: child,
    url: address.url,
    logFile: log.path,
    ended: () => child.ended(),
    readLog: (from, to) => log.lines(from, to),
    lastLines: (count) => log.lastLines(count),
    async stop() {
      const stopped = await child.stop();
      remove();
      return stopped;
    },
  };
}

/** @returns null once it answers, else what happened when it was last asked */
async function untilUp(
  { url, process: child }: Launched,
  seconds: number,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const asked = await askUntil(url, seconds, progress, signal, child);
  if (asked !== null) return asked;
  // Another program may have taken the port, and answer in its place: the service can't live then.
  await Promise.race([child.closed, pauseFor(20, signal)]);
  return child.ended() === null ? null : 'has ended';
}

async function askUntil(
  url: string,
  seconds: number,
  progress: (text: string) => void,
  signal: AbortSignal,
  child: Pick<ServiceProcess, 'ended' | 'closed'> | null,
): Promise<string | null> {
  const started = performance.now();
  let told = false;
  for (let pause = 10; ; pause = Math.min(pause * 2, 200)) {
    signal.throwIfAborted();
    const asked = await ask(url, signal);
    signal.throwIfAborted();
    const passed = (performance.now() - started) / 1000;
    if (asked === null || passed > seconds || (child !== null && child.ended() !== null)) return asked;
    if (passed > 1 && !told) {
      told = true;
      progress(`Waiting for the plugin service at ${shownUrl(url)}…`);
    }
    await Promise.race([pauseFor(pause, signal), ...(child === null ? [] : [child.closed])]);
  }
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

async function failureOf(
  { url, root, startTimeout }: ServiceOptions,
  words: readonly string[],
  { address, process: child, lastLines }: Launched,
  asked: string,
  signal: AbortSignal,
): Promise<Failure> {
  const ended = child.ended();
  return notUpFailure({
    words: words.map((word) => withPort(word, address.port)),
    root,
    url: address.url,
    port: address.port,
    placed: { command: words.some(wantsPort), url: wantsPort(url) },
    seconds: startTimeout,
    trouble: child.trouble,
    ended,
    asked,
    elsewhere: ended === null ? await otherHost(address.url, signal) : null,
    others: child.others(),
    lastLines: lastLines(shownLines),
  });
}

/** The same URL with the other loopback address, if that is where it answers. */
async function otherHost(url: string, signal: AbortSignal): Promise<string | null> {
  const other = url.replace('//127.0.0.1', '//[::1]');
  const candidate = other === url ? url.replace('//[::1]', '//127.0.0.1') : other;
  return candidate !== url && (await ask(candidate, signal)) === null ? candidate : null;
}

async function findRunning(
  { url, startTimeout }: ServiceOptions,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Service> {
  if (wantsPort(url)) {
    throw new Failure({
      code: 'invalid-rest-url',
      text: `The URL of the plugin service holds {port}, which is only filled in for a service that is started here: ${JSON.stringify(url)}.`,
      hint: 'Give the port itself, or the command that starts the service: --rest-command "…".',
    });
  }
  const address = addressOf(url, 0);
  const asked = await askUntil(address.url, Math.min(startTimeout, patience), progress, signal, null);
  if (asked !== null) throw notRunning(address.url, asked);
  return {
    url: address.url,
    logFile: null,
    ended: () => null,
    readLog: () => [],
    lastLines: () => [],
    stop: () => Promise.resolve({ how: 'left', leftOver: [] }),
  };
}
