import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogFile } from './log-file.ts';
import { processesOfGroup, processesWith, type RunningProcess } from './process-table.ts';

/** How a service came to its end. */
export interface StoppedService {
  /** By itself, before it was told to; by SIGTERM; or by SIGKILL, since it ignored SIGTERM. A service that somebody else runs is `left`. */
  readonly how: 'ended' | 'stopped' | 'killed' | 'left';
  /** The names of processes that it left running, and that were ended as well. */
  readonly leftOver: readonly string[];
}

/** Why a command couldn't be started at all. */
export interface StartTrouble {
  readonly code: string;
  readonly text: string;
}

const windows = process.platform === 'win32';
const marker = 'CREATE_DSTACK_PLUGIN_SERVICE';
const mebibyte = 1_048_576;
const mostOutput = 50 * mebibyte;

/** In milliseconds: from SIGTERM to SIGKILL; the same where this process ends and can't wait for long; for what ends a moment after its leader. */
const grace = 5000;
const shortGrace = 1000;
const moment = 200;

/** A command that runs, in a process group of its own. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly #closed: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #end: string | null = null;
  #trouble: StartTrouble | null = null;
  #flooded = false;
  #told = false;
  /** Once its group is empty its number may become another's. */
  #groupGone = false;
  #stopped: Promise<StoppedService> | null = null;

  private constructor(child: ChildProcess, mark: string, log: LogFile) {
    this.#child = child;
    this.#mark = mark;
    this.#closed = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (child.pid !== undefined) return;
        this.#trouble = { code: error.code ?? '', text: error.message };
        this.#end = "can't be started";
        this.#groupGone = true;
        resolve();
      });
      child.once('exit', (code, signal) => {
        this.#end = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
        // Looks, so that an empty group is known as soon as it is.
        this.#group();
        resolve();
      });
    });
    this.#watch = setInterval(() => {
      if (log.size <= mostOutput) return;
      this.#flooded = true;
      this.#signal('SIGKILL');
    }, 100).unref();
  }

  /** @param words the command; what it can't be started for is known a moment later, see {@link trouble} */
  static async start(
    words: readonly [string, ...string[]],
    cwd: string,
    environment: Readonly<Record<string, string>>,
    log: LogFile,
  ): Promise<ServiceProcess> {
    const mark = randomBytes(12).toString('hex');
    const [command, ...args] = words;
    const env = { ...environment, [marker]: mark };
    if (!windows) {
      return new ServiceProcess(
        spawn(command, args, { cwd, env, stdio: ['ignore', log.descriptor, log.descriptor], detached: true }),
        mark,
        log,
      );
    }
    // npm and its kind are `.cmd` files there, which take quoting of their own.
    const { execa } = await import('execa');
    const child = execa(command, args, {
      cwd,
      env,
      extendEnv: false,
      stdin: 'ignore',
      stdout: { file: log.path, append: true },
      stderr: { file: log.path, append: true },
      reject: false,
      buffer: false,
    });
    return new ServiceProcess(child, mark, log);
  }

  /** How it ended by itself, to be read behind "it"; null while it runs, and where it was told to. */
  ended(): string | null {
    if (this.#flooded)
      return `was stopped, since it had written more than ${mostOutput / mebibyte} MiB of output`;
    return this.#told ? null : this.#end;
  }

  get trouble(): StartTrouble | null {
    return this.#trouble;
  }

  get group(): number | null {
    return this.#child.pid ?? null;
  }

  /** The names of the processes that it has started and that run, its first one apart. */
  others(): readonly string[] {
    return this.#left().map(({ name }) => name);
  }

  /** Resolves once its first process is gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** SIGTERM to its group, SIGKILL five seconds later, then the same for what had left the group. Safe to call twice. */
  stop(): Promise<StoppedService> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** The same without waiting for more than a second, and within this call: for the end of this process. */
  kill(): void {
    clearInterval(this.#watch);
    this.#told = true;
    // There is no SIGTERM on Windows, so it has been ended after this.
    if (this.#group().length > 0) this.#signal('SIGTERM');
    const limit = performance.now() + shortGrace;
    while (this.#group().length > 0 && performance.now() < limit) sleepHere(20);
    if (this.#group().length > 0) this.#signal('SIGKILL');
    this.#killLeft('SIGKILL');
  }

  async #stop(): Promise<StoppedService> {
    clearInterval(this.#watch);
    const endedBefore = this.ended() !== null;
    this.#told = !endedBefore;
    const leftOver = new Map<number, string>();
    const note = (found: readonly RunningProcess[]): void => {
      for (const { pid, name } of found) if (pid !== this.#child.pid) leftOver.set(pid, name);
    };
    let how: StoppedService['how'] = endedBefore ? 'ended' : 'stopped';
    if (endedBefore && !this.#flooded) note(this.#group());
    if (!(await this.#groupEnds('SIGTERM', grace))) {
      // While its leader is there, the others may only have waited for it.
      if (this.#end === null) how = 'killed';
      else note(this.#group());
      await this.#groupEnds('SIGKILL', grace);
    }
    // What notices the end of its parent gets a moment to follow.
    if (!(await until(() => this.#left().length === 0, moment))) {
      note(this.#left());
      this.#killLeft('SIGTERM');
      await until(() => this.#left().length === 0, shortGrace);
      this.#killLeft('SIGKILL');
      await until(() => this.#left().length === 0, grace);
    }
    return { how, leftOver: [...leftOver.values()] };
  }

  async #groupEnds(signal: NodeJS.Signals, milliseconds: number): Promise<boolean> {
    if (this.#groupGone) return true;
    this.#signal(signal);
    return await until(() => this.#group().length === 0, milliseconds);
  }

  /** What runs of its group. */
  #group(): readonly RunningProcess[] {
    const { pid } = this.#child;
    if (this.#groupGone || pid === undefined) return [];
    const alive = windows ? (this.#end === null ? [{ pid, name: '' }] : []) : processesOfGroup(pid);
    if (alive.length === 0 && this.#end !== null) this.#groupGone = true;
    return alive;
  }

  /** What it has started, in its group or elsewhere. */
  #left(): readonly RunningProcess[] {
    return processesWith(marker, this.#mark).filter(({ pid }) => pid !== this.#child.pid);
  }

  #killLeft(signal: NodeJS.Signals): void {
    for (const { pid } of this.#left()) killOne(pid, signal);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#groupGone) return;
    // A tree is all that there is of a group there.
    if (windows)
      spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore', windowsHide: true });
    else killOne(-pid, signal);
  }
}

function killOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const limit = performance.now() + milliseconds;
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    if (condition()) return true;
    if (performance.now() > limit) return false;
    await delay(pause);
  }
}

/** Sleeps without letting anything else run. */
function sleepHere(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
