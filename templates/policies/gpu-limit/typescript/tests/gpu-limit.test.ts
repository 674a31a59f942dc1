import { describe, expect, it } from "vitest";
import { replicaGroups } from "../src/groups.ts";
import { GpuLimit } from "../src/policies/gpu-limit.ts";
import { Settings } from "../src/settings.ts";
import { alice, devEnvironment, fleet, gpus, offer, range, run, service, task } from "./specs.ts";

const policy = new GpuLimit(new Settings({ defaults: { max_gpus: 8 } }));

/** A service of groups, each with its most replicas and its range of GPUs. */
function groups(...parts: [replicas: number, min: number, max: number | null][]) {
  const made = parts.map(([replicas, min, max], index) => ({
    name: `group-${index}`,
    replicas: range(0, replicas),
    ...gpus(min, max),
  }));
  return { ...service, groups: made };
}

describe("a run that asks for more GPUs than allowed is rejected", () => {
  it.each([
    [{ ...task, ...gpus(9, 9) }, 9],
    [{ ...task, ...gpus(9, null) }, 9],
    [{ ...task, nodes: 3, ...gpus(4, 4) }, 12],
    [{ ...devEnvironment, ...gpus(16, 16) }, 16],
    [{ ...service, replicas: range(3, 3), ...gpus(4, 4) }, 12],
    [{ ...service, replicas: range(0, 3), ...gpus(4, 4) }, 12],
    [groups([1, 1, 1], [2, 4, 4]), 9],
    [{ ...task, groups: [1, 2].map((nodes) => ({ nodes, ...gpus(4, 4) })) }, 12],
  ])("%#", (configuration, least) => {
    expect(() => policy.onRun(run(configuration), alice)).toThrow(
      `This run asks for ${least} GPUs over all its nodes or replicas, and 8 are allowed:` +
        " lower `gpu`, `nodes` or `replicas`",
    );
  });

  it("under older names of groups and their replicas as well", () => {
    const older = [{ name: "worker", count: range(3, 3), ...gpus(4, 4) }];
    const spec = run({ ...service, replicas: older });
    expect(() => policy.onRun(spec, alice)).toThrow("asks for 12 GPUs");
  });

  it("and so is what isn't a number", () => {
    const spec = run({ ...task, resources: { gpu: { count: { min: "many", max: null } } } });
    expect(() => policy.onRun(spec, alice)).toThrow("asks for");
  });
});

describe("a range that may end above the limit is narrowed", () => {
  it.each([
    [task, 8],
    [{ ...task, ...gpus(1, null) }, 8],
    [{ ...task, ...gpus(1, 16) }, 8],
    [{ ...task, ...gpus(null, 16) }, 8],
    [{ ...task, nodes: 3, ...gpus(1, null) }, 2],
    [{ ...service, replicas: range(2, 2), ...gpus(1, null) }, 4],
    [{ ...devEnvironment, resources: { gpu: null } }, 8],
  ])("%#", (configuration, most) => {
    const spec = policy.onRun(run(configuration), alice);
    expect(spec.configuration.resources.gpu?.count.max).toBe(most);
  });

  it("and what is left is shared among the groups with a range", () => {
    const spec = policy.onRun(run(groups([1, 2, 2], [2, 1, null], [1, 0, null])), alice);
    const most = replicaGroups(spec.configuration).map((group) => group.resources.gpu?.count.max);
    expect(most).toEqual([2, 2, 1]);
  });

  it("so that `dstack offer` shows what can be had", () => {
    const { resources } = policy.onRun(offer(), alice).configuration;
    expect(resources.gpu?.count).toEqual(range(0, 8));
  });
});

describe("what ends within the limit is left alone", () => {
  it.each([
    run({ ...task, ...gpus(8, 8) }),
    run({ ...task, nodes: 2, ...gpus(1, 4) }),
    run({ ...service, ...gpus(0, 0) }),
  ])("a run %#", (spec) => {
    const before = structuredClone(spec);
    expect(policy.onRun(spec, alice)).toEqual(before);
  });

  it.each([
    fleet({ nodes: range(2, 2), ...gpus(4, 4) }),
    fleet({ nodes: range(0, 4), ...gpus(1, 2) }),
    fleet({ nodes: range(0, null), ...gpus(0, 0) }),
    fleet({ ssh_config: { hosts: ["10.0.0.1"] }, nodes: null }),
  ])("a fleet %#", (spec) => {
    const before = structuredClone(spec);
    expect(policy.onFleet(spec, alice)).toEqual(before);
  });
});

describe("a fleet that may grow above the limit is rejected", () => {
  it.each([
    { nodes: range(2, 2), resources: null },
    { nodes: range(2, 2), resources: { gpu: null } },
    { nodes: range(2, 2), ...gpus(1, null) },
    { nodes: range(0, null), ...gpus(1, 1) },
    { nodes: range(0, 3), ...gpus(4, 4) },
    { nodes: range(1, 1), ...gpus(1, 16) },
  ])("%#", (configuration) => {
    expect(() => policy.onFleet(fleet(configuration), alice)).toThrow(
      "A fleet may have at most 8 GPUs, its nodes times the GPUs of each:" +
        " set `nodes` and `gpu` to numbers or ranges that end within it, or `gpu: 0` for none",
    );
  });
});
