import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A plugin service for tests. */
export interface Service {
  readonly url: string;
  /** What was sent, in order: the path and the body. */
  readonly received: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface Call {
  readonly path: string;
  readonly text: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Said {
  readonly status: number;
  readonly body: string;
}

/** Answers with what the handler makes of each call; null: the handler answers by itself, or not at all. */
export async function startService(
  handler: (call: Call) => Said | null | Promise<Said | null>,
): Promise<Service> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    response.on('error', () => {});
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(Buffer.from(piece));
    const text = Buffer.concat(pieces).toString('utf8');
    const path = request.url ?? '';
    received.push(`${path} ${text}`);
    const said = await handler({ path, text, request, response });
    if (said === null) return;
    response.writeHead(said.status, { 'content-type': 'application/json' });
    response.end(said.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const paths = ['run', 'fleet', 'volume', 'gateway'].map((kind) => `/apply_policies/on_${kind}_apply`);

/** The request's spec as it stands in the text, so that nothing of it is lost; null where the request is malformed. */
export function specText(text: string): string | null {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null) return null;
    const { user, project, spec } = data as Record<string, unknown>;
    if (typeof user !== 'string' || typeof project !== 'string') return null;
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return null;
    // The tool sends the spec last.
    return text.slice(text.indexOf('"spec": ') + '"spec": '.length, -1);
  } catch {
    return null;
  }
}

/** What a good service without a policy answers. */
export function echo({ path, text }: Pick<Call, 'path' | 'text'>): Said {
  if (!paths.includes(path)) return { status: 404, body: '{"detail": "Not Found"}' };
  const spec = specText(text);
  if (spec === null) return { status: 422, body: '{"detail": "no spec"}' };
  return { status: 200, body: `{"spec": ${spec}, "error": null}` };
}
