import { describe, expect, it } from "vitest";
import { NoPrivileged } from "../src/policies/no-privileged.ts";
import { devEnvironment, offer, run, service, task } from "./specs.ts";

const policy = new NoPrivileged();

describe.each(["privileged", "docker"])("no privileged containers: %s", (field) => {
  it.each([task, service, devEnvironment])("is rejected for a whole $type", (configuration) => {
    expect(() => policy.onRun(run({ ...configuration, [field]: true }))).toThrow(
      `Privileged containers aren't allowed: remove \`${field}: true\` from the configuration`,
    );
  });

  it.each(["groups", "replicas"])("is rejected in a replica group, under %s", (name) => {
    const groups = [{ name: "router" }, { name: "worker", [field]: true }];
    expect(() => policy.onRun(run({ ...service, [name]: groups }))).toThrow(
      `remove \`${field}: true\` from replica group worker`,
    );
  });
});

it.each([
  run(task),
  run({ ...service, replicas: { min: 1, max: 2 }, privileged: false, docker: null }),
  run(devEnvironment),
  offer(),
])("other runs are left alone: %#", (spec) => {
  const before = structuredClone(spec);
  expect(policy.onRun(spec)).toEqual(before);
});
