import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { decide } from "./chain.ts";
import type { Log, RequestEntry } from "./log.ts";
import { type Lossless, textOf } from "./lossless.ts";
import type { Policy } from "./policy.ts";
import { MalformedRequest, readRequest } from "./request.ts";
import { withoutSecrets } from "./secrets.ts";
import type { Kind } from "./specs.ts";

/** A spec is a few kilobytes. */
const mostBytes = 1024 * 1024;

/** Milliseconds that the policies have together; dstack gives up after 8 s. */
const patience = 7_000;

/** What the log will say of a request, gathered on its way. */
type Facts = Omit<RequestEntry, "method" | "path" | "status" | "ms">;
type Environment = { Variables: { facts: Facts; received: Lossless } };

/**
 * The HTTP side of the policies, as dstack's rest_plugin calls it.
 *
 * A rejection is a 200 with the `error` and the spec as it came: of any other status dstack tells the
 * user nothing but that the request failed. Which is what it does here for a request that can't be
 * understood, and for a policy with a bug: neither is ever an acceptance.
 */
export function createApp(
  policies: readonly Policy[],
  log: Log,
  wait: number = patience,
): Hono<Environment> {
  const app = new Hono<Environment>();

  app.get("/healthz", (c) => c.json({ status: "ok" }));

  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    const { method, path } = c.req;
    const ms = Math.round((performance.now() - start) * 10) / 10;
    const facts = c.get("facts") ?? { outcome: "not-found" };
    log.request({ method, path, status: c.res.status, ms, ...facts });
  });

  app.use(
    bodyLimit({
      maxSize: mostBytes,
      onError: (c: Context<Environment>) => {
        c.set("facts", { outcome: "too-large" });
        return c.json({ detail: `The body is larger than ${mostBytes} bytes` }, 413);
      },
    }),
  );

  const endpoint = (kind: Kind): void => {
    app.post(`/apply_policies/on_${kind}_apply`, async (c) => {
      // Until it is known better: what throws from here on is a bug.
      c.set("facts", { outcome: "failed", kind });
      const { by, name, spec, received } = readRequest(kind, await c.req.text());
      const facts = { kind, user: by.user, project: by.project, name };
      c.set("facts", { outcome: "failed", ...facts });
      c.set("received", received);
      const decision = await within(wait, decide(kind, policies, spec, by));
      const before = textOf(received);
      if (!decision.accepted) {
        const { policy, message } = decision;
        const reason = withoutSecrets(message, received);
        c.set("facts", { outcome: "rejected", ...facts, policy, reason });
        return json(c, `{"spec":${before},"error":${JSON.stringify(message)}}`);
      }
      const after = textOf(decision.spec, received);
      c.set("facts", { outcome: after === before ? "unchanged" : "modified", ...facts });
      return json(c, `{"spec":${after},"error":null}`);
    });
  };
  for (const kind of ["run", "fleet", "volume", "gateway"] as const) endpoint(kind);

  app.notFound((c) => c.json({ detail: `There is no ${c.req.method} ${c.req.path}` }, 404));

  app.onError((error, c) => {
    if (error instanceof MalformedRequest) {
      c.set("facts", { ...c.get("facts"), outcome: "malformed", reason: error.message });
      return c.json({ detail: error.message }, 422);
    }
    if (error instanceof TimedOut) {
      c.set("facts", { ...c.get("facts"), outcome: "timed-out" });
      return c.json({ detail: error.message }, 503);
    }
    const stack = withoutSecrets(error.stack ?? String(error), c.get("received") ?? null);
    log.failure(c.req.path, stack);
    return c.json({ detail: "The plugin service failed: its log says why" }, 500);
  });

  return app;
}

class TimedOut extends Error {}

/** Waits for the policies, but not for ever. It can't interrupt one that computes all the time. */
async function within<T>(ms: number, decision: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`The policies took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([decision, end]);
  } finally {
    clearTimeout(timer);
  }
}

function json(c: Context, body: string): Response {
  return c.body(body, 200, { "Content-Type": "application/json" });
}
