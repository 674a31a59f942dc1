/** What the server is told by its environment. */
export interface Environment {
  readonly host: string;
  readonly port: number;
}

/** Reads HOST and PORT. Throws Error with a sentence for whoever set them. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const { HOST: host = "127.0.0.1", PORT: port = "8000" } = env;
  if (host === "") throw new Error("HOST is empty: set it to an address, or remove it");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Error(`PORT is ${JSON.stringify(port)}, which isn't a port's number`);
  return { host, port: Number(port) };
}
