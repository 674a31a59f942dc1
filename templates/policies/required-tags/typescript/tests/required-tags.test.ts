import { describe, expect, it } from "vitest";
import { RequiredTags } from "../src/policies/required-tags.ts";
import { Settings } from "../src/settings.ts";
import {
  alice,
  devEnvironment,
  fleet,
  gateway,
  offer,
  run,
  service,
  task,
  volume,
} from "./specs.ts";

const policy = new RequiredTags(
  new Settings({ defaults: { required_tags: { team: null, "cost-center": "unassigned" } } }),
);

type Tags = Record<string, string> | null;

/** What becomes of the tags, on everything that has some. */
const everything: Record<string, (tags: Tags) => Tags | undefined> = {
  task: (tags) => policy.onRun(run({ ...task, tags }), alice).configuration.tags,
  service: (tags) => policy.onRun(run({ ...service, tags }), alice).configuration.tags,
  "dev environment": (tags) =>
    policy.onRun(run({ ...devEnvironment, tags }), alice).configuration.tags,
  fleet: (tags) => policy.onFleet(fleet({ tags }), alice).configuration.tags,
  volume: (tags) => policy.onVolume(volume({ tags }), alice).configuration.tags,
  gateway: (tags) => policy.onGateway(gateway({ tags }), alice).configuration.tags,
};

describe.each(Object.entries(everything))("on a %s", (_, tagsOf) => {
  const missing = [null, {}, { owner: "alice" }, { team: "" }];
  it.each(missing)("a missing tag without a default is rejected: %j", (tags) => {
    expect(() => tagsOf(tags)).toThrow("Required tags are missing: set `team` under `tags`");
  });

  it("a missing tag with a default is added", () => {
    expect(tagsOf({ team: "vision" })).toEqual({ team: "vision", "cost-center": "unassigned" });
  });

  it("tags that are there are left alone", () => {
    const tags = { team: "vision", "cost-center": "4711", owner: "alice" };
    expect(tagsOf(tags)).toEqual(tags);
  });
});

describe("tags of the profile", () => {
  it("stay where they are when they are complete", () => {
    const spec = run(task, { tags: { team: "vision", "cost-center": "4711" } });
    expect(policy.onRun(spec, alice).configuration.tags).toBeUndefined();
  });

  it("survive when one is added", () => {
    const all = { team: "vision", "cost-center": "unassigned" };
    const profile = { tags: { team: "vision" } };
    expect(policy.onRun(run(task, profile), alice).configuration.tags).toEqual(all);
    expect(policy.onFleet(fleet({}, profile), alice).configuration.tags).toEqual(all);
  });

  it("are replaced by those of the configuration", () => {
    const spec = run({ ...task, tags: {} }, { tags: { team: "vision" } });
    expect(() => policy.onRun(spec, alice)).toThrow("set `team` under `tags`");
  });
});

it("SSH fleets are left alone", () => {
  const spec = fleet({ ssh_config: { hosts: ["10.0.0.1"] } });
  expect(policy.onFleet(spec, alice).configuration.tags).toBeUndefined();
});

it("`dstack offer` works", () => {
  expect(policy.onRun(offer(), alice)).toEqual(offer());
});
