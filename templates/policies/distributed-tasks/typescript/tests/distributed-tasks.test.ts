import { expect, it } from "vitest";
import { DistributedTasks } from "../src/policies/distributed-tasks.ts";
import { Settings } from "../src/settings.ts";
import { alice, bob, devEnvironment, offer, run, service, task } from "./specs.ts";

function allowing(...projects: string[]): DistributedTasks {
  return new DistributedTasks(new Settings({ defaults: { distributed_task_projects: projects } }));
}
const policy = allowing("research");
const groups = { ...task, groups: [{ nodes: 1 }, { nodes: 3 }] };

it.each([
  [{ ...task, nodes: 2 }, 2],
  [groups, 4],
])("other projects get no distributed tasks: %#", (configuration, nodes) => {
  expect(() => policy.onRun(run(configuration), bob)).toThrow(
    "Distributed tasks aren't allowed in project main:" +
      ` use one node instead of ${nodes}, or apply in research`,
  );
});

it.each([{ ...task, nodes: 2 }, groups])("named projects have them: %#", (configuration) => {
  expect(policy.onRun(run(configuration), alice)).toEqual(run(configuration));
});

it("the message names no project where none is allowed", () => {
  expect(() => allowing().onRun(run({ ...task, nodes: 2 }), alice)).toThrow(/instead of 2$/);
});

it.each([
  run(task),
  run({ ...task, nodes: 1 }),
  run({ ...service, replicas: { min: 4, max: 4 } }),
  run(devEnvironment),
  offer(),
])("other runs are left alone: %#", (spec) => {
  const before = structuredClone(spec);
  expect(policy.onRun(spec, bob)).toEqual(before);
});
