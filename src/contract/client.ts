import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What came back for a request. */
export type Reply =
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly location: string | null;
      /** Read as dstack's client reads it. */
      readonly body: string;
      readonly milliseconds: number;
    }
  | {
      readonly type: 'failed';
      readonly why: 'connection' | 'timeout' | 'too-large';
      readonly text: string;
      readonly milliseconds: number;
    };

/** More than any spec needs; a body that goes on is cut off here. */
const longestBody = 1024 * 1024;

/**
 * Sends one request over a connection of its own, as dstack's client does, past any proxy. Redirects aren't followed.
 *
 * @param milliseconds for all of it, to the last byte of the body
 * @throws the signal's reason where it is aborted
 */
export function post(url: URL, body: string, milliseconds: number, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const bytes = Buffer.from(body);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method: 'POST',
      // A connection a request, and no environment's proxy.
      agent: false,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'content-length': bytes.length,
        'user-agent': 'create-dstack-plugin',
      },
    });
    const timer = setTimeout(() => settle(failed('timeout', 'no whole answer in time')), milliseconds);
    const abort = (): void => {
      finish();
      reject(signal.reason);
    };
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      request.destroy();
    };
    const settle = (reply: Reply): void => {
      finish();
      resolve(reply);
    };
    const failed = (why: 'connection' | 'timeout' | 'too-large', text: string): Reply => ({
      type: 'failed',
      why,
      text,
      milliseconds: performance.now() - began,
    });
    signal.addEventListener('abort', abort);
    // It stays for what a destroyed request still says.
    request.on('error', (error) => settle(failed('connection', wordsOf(error))));
    request.on('response', (response) => {
      const pieces: Buffer[] = [];
      let length = 0;
      response.on('error', (error) => settle(failed('connection', wordsOf(error))));
      response.on('data', (piece: Buffer) => {
        length += piece.length;
        if (length > longestBody) settle(failed('too-large', 'more than 1 MiB'));
        else pieces.push(piece);
      });
      response.on('end', () =>
        settle({
          type: 'answered',
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          body: textOf(Buffer.concat(pieces), response),
          milliseconds: performance.now() - began,
        }),
      );
    });
    if (signal.aborted) abort();
    else request.end(bytes);
  });
}

/** A type `text/…` without a charset is Latin-1 to Python's requests, whatever the bytes are. */
function textOf(bytes: Buffer, response: IncomingMessage): string {
  const type = response.headers['content-type'] ?? '';
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1];
  const label = charset ?? (/^text\//i.test(type) ? 'latin1' : 'utf-8');
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}

function wordsOf(error: Error & { readonly code?: string }): string {
  return error.code ?? error.message;
}
