/** How a command that was run to its end went. `output` is both of its streams, as they came. */
export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs a command without a terminal. A failing or missing command is a result, not an exception; only an abort throws, with the signal's
 * reason, after the command and all that it started were killed.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions,
): Promise<CommandResult> {
  signal.throwIfAborted();
  const { execa } = await import('execa'); // 0.25 s to load, and a kept engine needs no command
  const posix = process.platform !== 'win32';
  const running = execa(command, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    detached: posix, // a process group of its own, so that build backends end with it
  });
  const kill = (): void => {
    if (!posix || running.pid === undefined) running.kill('SIGKILL');
    else killGroup(running.pid);
  };
  signal.addEventListener('abort', kill, { once: true });
  // The group is no longer the terminal's, so an end of this process that nobody handled must reach it from here.
  process.once('exit', kill);
  try {
    const result = await running;
    signal.throwIfAborted();
    const output = result.exitCode === undefined ? (result.message ?? '') : result.all;
    return { ok: !result.failed, stdout: result.stdout, output };
  } finally {
    signal.removeEventListener('abort', kill);
    process.removeListener('exit', kill);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
