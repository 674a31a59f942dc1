import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { readEnvironment } from "../src/environment.ts";

/** Starts the server as it is, on a free port. */
async function started() {
  const server = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
    env: { PATH: process.env.PATH, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(server.stdout), "line");
  return { server, first: JSON.parse(line) };
}

const signals = ["SIGTERM", "SIGINT"] as const;
it.each(signals)("answers, and ends with 0 on %s", { timeout: 20_000 }, async (signal) => {
  const { server, first } = await started();
  try {
    expect(first).toMatchObject({ event: "started" });
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    server.kill(signal);
    expect(await once(server, "exit")).toEqual([0, null]);
  } finally {
    server.kill("SIGKILL");
  }
});

it("listens on this machine alone unless told otherwise", () => {
  expect(readEnvironment({})).toEqual({ host: "127.0.0.1", port: 8000 });
  expect(readEnvironment({ HOST: "::", PORT: "80" })).toEqual({ host: "::", port: 80 });
});

it.each(["", "http", "65536", "-1", "8000 "])("refuses the port %j", (port) => {
  expect(() => readEnvironment({ PORT: port })).toThrow("isn't a port's number");
});
