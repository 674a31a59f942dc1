/**
 * What the log may say of a request. Never a spec: env values, registry credentials and private SSH
 * keys are in there. Whatever may quote it goes through `withoutSecrets` first.
 */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly outcome: string;
  readonly kind?: string;
  readonly user?: string;
  readonly project?: string;
  readonly name?: string | null;
  /** The policy that rejected. */
  readonly policy?: string;
  /** Why it is rejected, or malformed. */
  readonly reason?: string;
}

/** One method an event, so that what is logged is decided here. */
export interface Log {
  request(entry: RequestEntry): void;
  /** A bug in a policy or in this server. */
  failure(path: string, stack: string): void;
  started(url: string, policies: readonly string[]): void;
  stopping(signal: string): void;
}

/** Writes a JSON object a line, on standard output unless told otherwise. */
export function createLog(
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  const line = (level: "info" | "warning" | "error", event: string, fields: object): void =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  return {
    request: (entry) => line(entry.status < 400 ? "info" : "warning", "request", entry),
    failure: (path, stack) => line("error", "failure", { path, stack }),
    started: (url, policies) => line("info", "started", { url, policies }),
    stopping: (signal) => line("info", "stopping", { signal }),
  };
}
