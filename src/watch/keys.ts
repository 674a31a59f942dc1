import { onInterrupt } from '../terminal/signals.ts';

/** Keys that a person presses, one by one, without Enter. */
export interface Keys {
  /** Gets each key until the next call; Ctrl+C isn't among them: it ends the program as anywhere. */
  listen(onKey: (key: string) => void): void;
  /** Gives the terminal back, such as to a question. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Reads keys from standard input, which has to be a terminal. Whatever ends the program gives the terminal back as it was. */
export function startKeys(): Keys {
  const { stdin } = process;
  let handler: (key: string) => void = () => {};
  const onData = (data: Buffer): void => {
    for (const key of data.toString('utf8')) {
      if (key === '\x03') process.kill(process.pid, 'SIGINT');
      else handler(key);
    }
  };
  const resume = (): void => {
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
  };
  const pause = (): void => {
    stdin.removeListener('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
  const forget = onInterrupt(() => stdin.setRawMode(false));
  resume();
  return {
    listen(onKey) {
      handler = onKey;
    },
    pause,
    resume,
    close() {
      pause();
      forget();
    },
  };
}
