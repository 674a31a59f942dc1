import { type DstackServer, type ServerOptions, startServer } from './server.ts';

/** A server with the plugins of a replay, and one of the same version without any. */
export interface Servers {
  readonly withPlugins: DstackServer;
  readonly bare: DstackServer;
}

/** Starts both side by side, and neither where one doesn't come up; see {@link startServer}. */
export async function startServers(options: ServerOptions, signal: AbortSignal): Promise<Servers> {
  const started = await Promise.allSettled([
    startServer(options, signal),
    startServer({ ...options, plugins: [] }, signal),
  ]);
  const [withPlugins, bare] = started;
  if (withPlugins.status === 'fulfilled' && bare.status === 'fulfilled')
    return { withPlugins: withPlugins.value, bare: bare.value };
  stopAll(started.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])));
  throw started.find((one) => one.status === 'rejected')?.reason;
}

/** Stops both; see {@link DstackServer.stop}. */
export function stopServers({ withPlugins, bare }: Servers): void {
  stopAll([withPlugins, bare]);
}

function stopAll(servers: readonly DstackServer[]): void {
  for (const server of servers) server.stop();
}
