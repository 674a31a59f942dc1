import { type Progress, startProgress } from './progress.ts';

/** Says on a terminal how far work has come that many equal pieces make up, once it has taken a while. */
export interface Counting {
  /** One more is done. */
  readonly one: () => void;
  /** Takes the line away. Safe to call twice. */
  readonly stop: () => void;
}

const patienceMilliseconds = 1000;

/**
 * Counts in silence for a second, then with a line that moves; where there is no terminal, in silence to the end.
 *
 * @param text what is done, such as `Replaying`
 * @param total how many pieces there are
 */
export function startCounting(
  text: string,
  total: number,
  stream: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
  } = process.stderr,
): Counting {
  if (stream.isTTY !== true) return { one: () => {}, stop: () => {} };
  let done = 0;
  let progress: Progress | null = null;
  const detail = (): string => `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  const timer = setTimeout(() => {
    progress = startProgress(stream);
    progress.step(text);
    progress.detail(detail());
  }, patienceMilliseconds).unref();
  return {
    one() {
      done += 1;
      progress?.detail(detail());
    },
    stop() {
      clearTimeout(timer);
      progress?.stop();
      progress = null;
    },
  };
}
