import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { listen, stop } from "../src/server.ts";

/** An app whose answer waits until it is let go. */
function waiting() {
  const app = new Hono();
  const events = new EventEmitter();
  app.get("/", async (c) => {
    const go = once(events, "go");
    events.emit("asked");
    await go;
    return c.text("done");
  });
  return { app, asked: once(events, "asked"), go: () => events.emit("go") };
}

it("finishes what runs before it stops, and takes nothing new", async () => {
  const { app, asked, go } = waiting();
  const { server, url } = await listen(app, "127.0.0.1", 0);
  const running = fetch(url);
  await asked;
  const stopped = stop(server);
  await expect(fetch(url)).rejects.toThrow();
  go();
  expect(await (await running).text()).toBe("done");
  await stopped;
});

it("doesn't wait for ever for what doesn't end", async () => {
  const { app, asked } = waiting();
  const { server, url } = await listen(app, "127.0.0.1", 0);
  const running = fetch(url).catch(() => "cut off");
  await asked;
  await stop(server, 100);
  expect(await running).toBe("cut off");
});

it("cuts off who never finishes to ask", async () => {
  const { server, url } = await listen(new Hono(), "127.0.0.1", 0);
  server.headersTimeout = 100;
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toContain("408");
  socket.destroy();
  await stop(server);
});
