import { connect, createServer } from 'node:net';

/** A port of this machine on which nobody listens: the system's choice for 127.0.0.1, held against the other addresses as well. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const port = await listenOnce(0, '127.0.0.1');
    // One after another: the last takes all of the first as well.
    if (port === null || (await listenOnce(port, '::1')) === null) continue;
    if ((await listenOnce(port, '0.0.0.0')) !== null) return port;
  }
  throw new Error('the system gave no port that is free on every address');
}

/** Whether something listens at this URL's host and port. */
export function isTaken(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const usual = protocol === 'https:' ? 443 : 80;
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: port === '' ? usual : Number(port), timeout: 2000 });
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** @returns the port, or null where it is in use; an address that this machine hasn't got is in nobody's use */
function listenOnce(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(port);
      else reject(error);
    });
    probe.listen({ port, host, exclusive: true }, () => {
      const address = probe.address();
      const got = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(got));
    });
  });
}
