import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a holder shows that it lives, and after how long without a sign it is taken for dead, in milliseconds. */
const beat = 2_000;
const patience = 30_000;

/**
 * Runs `work` while no other process holds the lock `file`. What is guarded is renamed into its place whole, so a lock that is taken from
 * a holder that only slept costs double work, never a broken result.
 *
 * @param waiting is called once if another process holds the lock
 * @param signal ends the waiting, with the signal's reason
 */
export async function withLock<T>(
  file: string,
  waiting: () => void,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  while (!take(file)) {
    if (!told) waiting();
    told = true;
    await sleep(100, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  const alive = setInterval(() => touch(file), beat);
  const release = (): void => rmSync(file, { force: true });
  // For an interruption, which exits without coming back here.
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    process.removeListener('exit', release);
    release();
  }
}

/** Whether the process that named itself with {@link self} has ended, as far as can be known from here. */
export function isGone(who: string, lastSign: number): boolean {
  const [host, pid] = splitSelf(who);
  if (host === hostLabel() && pid > 0) return !isAlive(pid);
  return Date.now() - lastSign > patience;
}

/** This process, as `host-pid`: a process id alone means nothing in a folder that several machines or containers share. */
export function self(): string {
  return `${hostLabel()}-${process.pid}`;
}

function take(file: string): boolean {
  try {
    writeFileSync(file, self(), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (isAbandoned(file)) rmSync(file, { force: true });
    return false;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const lastSign = statSync(file).mtimeMs;
    const who = readFileSync(file, 'utf8');
    // A silent holder is given up even if its process id lives: the id may be another process's by now.
    return Date.now() - lastSign > patience || (who !== '' && isGone(who, lastSign));
  } catch {
    return false;
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The lock was taken over; see withLock.
  }
}

function splitSelf(who: string): readonly [host: string, pid: number] {
  const dash = who.lastIndexOf('-');
  return [who.slice(0, dash), Number(who.slice(dash + 1))];
}

function hostLabel(): string {
  return hostname().replaceAll(/[^A-Za-z0-9]/g, '_');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
