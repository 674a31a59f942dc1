import { type ChildProcess, spawn } from 'node:child_process';

/**
 * What the guard runs: it waits for the end of its standard input, which comes when its parent ends in whatever way, then ends the group,
 * gently first, and removes the folder.
 */
const program = `
const [group, folder] = process.argv.slice(1);
const send = (signal) => { try { process.kill(-group, signal); } catch {} };
process.stdin.resume().on('error', () => {}).on('close', () => {
  send('SIGTERM');
  setTimeout(() => {
    send('SIGKILL');
    require('node:fs').rmSync(folder, { recursive: true, force: true });
  }, 1000);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
`;

/**
 * Starts a process that ends a group when this one is gone without having done so: no code runs on SIGKILL, which is what a machine without
 * memory sends. Not on Windows.
 *
 * @returns takes the guard back
 */
export function guard(group: number, folder: string): () => void {
  if (process.platform === 'win32') return () => {};
  let guarding: ChildProcess | null = spawn(process.execPath, ['-e', program, '--', String(group), folder], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // a Ctrl+C isn't meant for it
  });
  // It is a second net: a machine that can't hold it does without.
  guarding.on('error', () => {});
  guarding.stdin?.on('error', () => {});
  guarding.unref();
  // A pipe is a socket here, which `Writable` doesn't say; it must not keep a finished program alive.
  if (guarding.stdin !== null && 'unref' in guarding.stdin && typeof guarding.stdin.unref === 'function')
    guarding.stdin.unref();
  return () => {
    guarding?.kill('SIGKILL');
    guarding = null;
  };
}
