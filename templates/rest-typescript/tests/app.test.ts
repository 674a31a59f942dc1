import { describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import { type Policy, Rejection } from "../src/policy.ts";

const kinds = ["run", "fleet", "volume", "gateway"] as const;
const types = { run: "task", fleet: "fleet", volume: "volume", gateway: "gateway" };
const secret = "hunter2";

/** Asks an app with some policies as dstack does, and returns what it answers and logs. */
async function ask(policies: readonly Policy[], body: string, kind = "run") {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  const app = createApp(policies, log, 100);
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body };
  const response = await app.request(`/apply_policies/on_${kind}_apply`, init);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text), log: lines.join("") };
}

/** The body of a request, with fields of the configuration as JSON text. */
function request(kind: keyof typeof types, fields = '"env": {"TOKEN": "hunter2"}'): string {
  const configuration = `{"type": "${types[kind]}", "name": "train", ${fields}}`;
  return `{"user": "alice", "project": "main", "spec": {"configuration": ${configuration}}}`;
}

const rejecting: Policy = {
  name: "rejecting",
  onRun(spec) {
    spec.configuration.max_price = 1;
    throw new Rejection('No "runs" today');
  },
};

const changing: Policy = {
  name: "changing",
  onRun(spec) {
    spec.configuration.max_price = 1;
    return spec;
  },
};

describe("an apply", () => {
  it.each(kinds)("of a %s is answered with the spec as it came", async (kind) => {
    const { status, text, log } = await ask([], request(kind, '"size":100.0'), kind);
    expect(status).toBe(200);
    expect(text).toBe(
      `{"spec":{"configuration":{"type":"${types[kind]}","name":"train","size":100.0}},"error":null}`,
    );
    expect(JSON.parse(log)).toMatchObject({
      event: "request",
      method: "POST",
      path: `/apply_policies/on_${kind}_apply`,
      status: 200,
      outcome: "unchanged",
      kind,
      user: "alice",
      project: "main",
      name: "train",
    });
  });

  it("that a policy changes keeps everything else to the last digit", async () => {
    const fields =
      '"max_price": 32.0, "new": [9007199254740993, 1.0, 1e400, "\\u00e9", {"b": 1, "a": -0}]';
    const { text, log } = await ask([changing], request("run", fields));
    expect(text).toBe(
      '{"spec":{"configuration":{"type":"task","name":"train","max_price":1,' +
        '"new":[9007199254740993,1.0,1e400,"é",{"b":1,"a":-0}]}},"error":null}',
    );
    expect(JSON.parse(log).outcome).toBe("modified");
  });

  it("that a policy rejects is a 200 with its words and the spec as it came", async () => {
    const fields = '"max_price": 32.0, "new": 9007199254740993';
    const reason = 'No "runs" today';
    const { status, text, log } = await ask([changing, rejecting], request("run", fields));
    expect(status).toBe(200);
    expect(text).toBe(
      '{"spec":{"configuration":{"type":"task","name":"train","max_price":32.0,' +
        '"new":9007199254740993}},"error":"No \\"runs\\" today"}',
    );
    expect(JSON.parse(log)).toMatchObject({ outcome: "rejected", policy: "rejecting", reason });
  });

  it("is seen by the policies in their order, until one rejects", async () => {
    const seen: string[] = [];
    const watch = (name: string): Policy => ({
      name,
      onRun(spec, by) {
        seen.push(`${name} ${by.user} ${by.project} ${spec.configuration.max_price}`);
        return spec;
      },
    });
    await ask([watch("a"), changing, watch("b"), rejecting, watch("c")], request("run"));
    expect(seen).toEqual(["a alice main undefined", "b alice main 1"]);
  });

  it("of another kind passes a policy that has no method for it", async () => {
    const { body } = await ask([rejecting], request("volume"), "volume");
    expect(body.error).toBeNull();
  });
});

describe("what can't be understood is refused with a reason, and never accepted:", () => {
  it.each([
    ["no body", "", "the body isn't JSON"],
    ["text", `TOKEN=${secret}`, "the body isn't JSON"],
    ["JSON that breaks off", request("run").slice(0, -9), "the body isn't JSON"],
    ["a key twice", request("run", '"env": {"A": "1", "A": "2"}'), "has a key twice"],
    ["a list", "[]", "the body isn't a JSON object"],
    ["no user", '{"project": "main", "spec": {}}', "user isn't a name"],
    ["a user without a name", '{"user": "", "project": "main"}', "user isn't a name"],
    ["no project", '{"user": "alice", "spec": {}}', "project isn't a name"],
    ["no spec", '{"user": "alice", "project": "main"}', "spec isn't an object"],
    ["spec null", '{"user": "alice", "project": "main", "spec": null}', "spec isn't an object"],
    [
      "an empty spec",
      '{"user": "alice", "project": "main", "spec": {}}',
      "spec.configuration isn't an object",
    ],
    ["a spec of another kind", request("fleet"), "spec.configuration.type isn't task or service"],
    ["what is nested too deep", "[".repeat(500_000), "the body isn't JSON"],
  ])("%s", async (_, body, reason) => {
    const { status, body: answer, log } = await ask([], body);
    expect(status).toBe(422);
    expect(answer).toEqual({ detail: expect.stringContaining(reason) });
    expect(JSON.parse(log)).toMatchObject({ outcome: "malformed", kind: "run", status: 422 });
    expect(log).toContain(reason);
    expect(log).not.toContain(secret);
  });

  it("a body above the limit", async () => {
    const { status, body, log } = await ask([], " ".repeat(1024 * 1024 + 1));
    expect(status).toBe(413);
    expect(body.detail).toContain("larger than");
    expect(JSON.parse(log)).toMatchObject({ outcome: "too-large", status: 413 });
  });

  it("another path", async () => {
    const { status, body, log } = await ask([], request("run"), "runs");
    expect(status).toBe(404);
    expect(body.detail).toBe("There is no POST /apply_policies/on_runs_apply");
    expect(JSON.parse(log)).toMatchObject({ outcome: "not-found", status: 404 });
  });
});

describe("a policy with a bug", () => {
  const broken = (onRun: () => unknown): Policy => ({ name: "broken", onRun: onRun as never });

  it.each([
    ["throws", broken(() => (undefined as never as string).length), "TypeError"],
    ["returns nothing", broken(() => {}), "The policy broken returned no spec"],
    [
      "returns what isn't JSON",
      broken(() => ({ max_price: Number.NaN })),
      "NaN can't be said in JSON",
    ],
  ])("that %s is a 500, with the stack in the log", async (_, policy, words) => {
    const { status, body, log } = await ask([policy], request("run"));
    expect(status).toBe(500);
    expect(body.detail).toBe("The plugin service failed: its log says why");
    const [failure, entry] = log.trim().split("\n");
    expect(JSON.parse(failure ?? "")).toMatchObject({
      level: "error",
      event: "failure",
      stack: expect.stringContaining(words),
    });
    expect(JSON.parse(entry ?? "")).toMatchObject({ outcome: "failed", user: "alice" });
    expect(log).not.toContain(secret);
  });
});

describe("policies that take too long", () => {
  it("are a 503 before dstack gives up", async () => {
    const slow: Policy = { name: "slow", onRun: () => new Promise(() => {}) };
    const { status, body, log } = await ask([slow], request("run"));
    expect(status).toBe(503);
    expect(body.detail).toBe("The policies took longer than 100 ms");
    expect(JSON.parse(log)).toMatchObject({ outcome: "timed-out", user: "alice" });
  });
});

describe("GET /healthz", () => {
  it("is 200, and leaves the log to those who apply", async () => {
    const lines: string[] = [];
    const app = createApp(
      [],
      createLog((line) => lines.push(line)),
    );
    expect((await app.request("/healthz")).status).toBe(200);
    expect(lines).toEqual([]);
  });
});

describe("the log", () => {
  const secrets = [
    `"env": {"TOKEN": "${secret}"}`,
    `"env": ["TOKEN=${secret}"]`,
    `"registry_auth": {"username": "${secret}", "password": "${secret}"}`,
    `"ssh_config": {"ssh_key": {"private": "-----\\n${secret}\\n"}}`,
  ];
  it.each(secrets)("has no secret, whoever quotes it: %s", async (fields) => {
    const quoting: Policy = {
      name: "quoting",
      onRun(spec) {
        throw new Rejection(JSON.stringify(spec));
      },
      onVolume(spec) {
        throw new Error(JSON.stringify(spec));
      },
    };
    for (const kind of kinds) {
      const { log } = await ask([quoting], request(kind, fields), kind);
      expect(log).toContain('"name":"train"');
      expect(log).not.toContain(secret);
    }
  });
});
