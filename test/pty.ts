import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { noGitConfiguration } from './executable.ts';

export interface TerminalOptions {
  readonly cwd: string;
  /** Added to the environment; undefined takes a name out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly rows?: number;
}

export interface TerminalRun {
  /** Types keys, as a person would. */
  type(keys: string): void;
  /** Resolves once the screen shows the text; rejects with the screen if it doesn't in time. */
  shows(text: string | RegExp, milliseconds?: number): Promise<void>;
  /** What the screen shows now, with what has scrolled off above it, without empty lines at the end. */
  screen(): string;
  /** Everything that was written, escape sequences included. */
  raw(): string;
  /** The cursor's visibility, as the program left it. */
  cursorHidden(): boolean;
  kill(signal: string): void;
  readonly ended: Promise<{ readonly code: number; readonly signal: number }>;
}

export const keys = {
  enter: '\r',
  ctrlC: '\x03',
  ctrlD: '\x04',
  down: '\x1b[B',
  up: '\x1b[A',
  escape: '\x1b',
  space: ' ',
  clear: '\x15',
} as const;

/** Runs a command in a real pseudo-terminal, and keeps the screen that a person would see. */
export function inTerminal(command: string, args: readonly string[], options: TerminalOptions): TerminalRun {
  const cols = options.columns ?? 80;
  const rows = options.rows ?? 40;
  const screen = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
  const env: Record<string, string> = {};
  const overrides: NodeJS.ProcessEnv = {
    CI: undefined,
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    ...noGitConfiguration,
    ...options.env,
  };
  for (const [name, value] of Object.entries({ ...process.env, TERM: 'xterm-256color', ...overrides })) {
    if (value !== undefined) env[name] = value;
  }
  const pty = spawn(command, [...args], { name: 'xterm-256color', cols, rows, cwd: options.cwd, env });
  let raw = '';
  let pending = 0;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  pty.onData((data) => {
    raw += data;
    pending += 1;
    screen.write(data, () => {
      pending -= 1;
      changed();
    });
  });
  let over = false;
  const ended = new Promise<{ code: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      // The last output may come after the news of the end.
      const settle = (): void => {
        if (pending > 0) return void setTimeout(settle, 10);
        over = true;
        changed();
        resolve({ code: exitCode, signal: signal ?? 0 });
      };
      setTimeout(settle, 50);
    });
  });
  const lines = (): string => {
    const buffer = screen.buffer.active;
    const found = Array.from(
      { length: buffer.length },
      (_, row) => buffer.getLine(row)?.translateToString(true) ?? '',
    );
    return found.join('\n').trimEnd();
  };
  return {
    type: (typed) => pty.write(typed),
    screen: lines,
    raw: () => raw,
    cursorHidden: () => raw.lastIndexOf('\x1b[?25l') > raw.lastIndexOf('\x1b[?25h'),
    kill: (signal) => pty.kill(signal),
    ended,
    shows: (text, milliseconds = 15_000) =>
      new Promise((resolve, reject) => {
        const found = (): boolean => (typeof text === 'string' ? lines().includes(text) : text.test(lines()));
        const finish = (error?: Error): void => {
          listeners.delete(look);
          clearTimeout(timer);
          if (error === undefined) resolve();
          else reject(error);
        };
        const look = (): void => {
          if (found()) finish();
          else if (over) finish(new Error(`The program ended without showing ${text}:\n${lines()}`));
        };
        const timer = setTimeout(
          () => finish(new Error(`Not shown in time: ${text}\n${lines()}`)),
          milliseconds,
        );
        listeners.add(look);
        look();
      }),
  };
}
