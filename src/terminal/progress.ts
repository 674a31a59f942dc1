import { colours, wantsColour } from './colour.ts';
import { printable } from './printable.ts';

/** Says on standard error what is going on while something takes long. */
export interface Progress {
  /** Begins a step, ending the one before. */
  step(text: string): void;
  /** Replaces what is shown beside the running step, such as the last line of a command's output; lost where there is no terminal. */
  detail(text: string): void;
  /** Ends what is shown. `summary`, where given, stays as a line. Safe to call twice. */
  stop(summary?: string): void;
}

interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMilliseconds = 80;

/**
 * On a terminal one line that moves, with the seconds that the step has taken; elsewhere one line for each step, so that a log of CI tells
 * what was going on when it stopped.
 */
export function startProgress(
  stream: ProgressStream = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  return stream.isTTY === true && process.env['TERM'] !== 'dumb' ? live(stream, now) : plain(stream);
}

function plain(stream: ProgressStream): Progress {
  return {
    step: (text) => stream.write(`${printable(text)}\n`),
    detail: () => {},
    stop: (summary) => {
      if (summary !== undefined) stream.write(`${printable(summary)}\n`);
    },
  };
}

function live(stream: ProgressStream, now: () => number): Progress {
  const paint = colours(wantsColour(stream));
  let current: { readonly text: string; readonly since: number } | null = null;
  let beside = '';
  let frame = 0;
  let timer: NodeJS.Timeout | null = null;
  const clear = (): void => {
    stream.write('\r\x1b[K');
  };
  const draw = (): void => {
    if (current === null) return;
    const seconds = Math.floor((now() - current.since) / 1000);
    const head = `${current.text}${seconds > 0 ? ` (${seconds} s)` : ''}`;
    // One column less than there are: a full line would wrap in some terminals, and couldn't be cleared.
    const room = (stream.columns ?? 80) - 3;
    const line = beside === '' ? head : `${head}  ${beside}`;
    const cut = [...line].slice(0, room).join('');
    const sign = frames[frame++ % frames.length] ?? '';
    stream.write(
      `\r\x1b[K${paint.cyan(sign)} ${cut.slice(0, head.length)}${paint.dim(cut.slice(head.length))}`,
    );
  };
  return {
    step(text) {
      current = { text: printable(text), since: now() };
      beside = '';
      draw();
      // Nothing waits for the animation: unref, so that it can't keep a finished program alive.
      timer ??= setInterval(draw, frameMilliseconds).unref();
    },
    detail(text) {
      beside = printable(text.trim());
    },
    stop(summary) {
      if (timer !== null) clearInterval(timer);
      timer = null;
      if (current !== null) clear();
      current = null;
      if (summary !== undefined) stream.write(`${printable(summary)}\n`);
    },
  };
}
