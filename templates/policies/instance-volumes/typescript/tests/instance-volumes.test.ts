import { describe, expect, it } from "vitest";
import { InstanceVolumes } from "../src/policies/instance-volumes.ts";
import { Settings } from "../src/settings.ts";
import { alice, devEnvironment, offer, run, service, task } from "./specs.ts";

const none = new InstanceVolumes(new Settings({ defaults: { instance_volume_paths: [] } }));
const belowData = new InstanceVolumes(
  new Settings({ defaults: { instance_volume_paths: ["/mnt/data/"] } }),
);

/** A task that mounts a path of the instance. */
function mounting(path: string, configuration = task) {
  return run({ ...configuration, volumes: [{ instance_path: path, path: "/data" }] });
}

describe("without allowed paths", () => {
  it.each([task, service, devEnvironment])("instance volumes are rejected: $type", (kind) => {
    expect(() => none.onRun(mounting("/mnt/data", kind), alice)).toThrow(
      /^Mounting \/mnt\/data of the instance isn't allowed: use a network volume$/,
    );
  });

  it("network volumes are left alone", () => {
    const spec = run({ ...task, volumes: [{ name: "dataset", path: "/data" }] });
    const before = structuredClone(spec);
    expect(none.onRun(spec, alice)).toEqual(before);
  });

  it("`dstack offer` works", () => {
    expect(none.onRun(offer(), alice)).toEqual(offer());
  });
});

describe("with an allowed path", () => {
  const inside = ["/mnt/data", "/mnt/data/", "/mnt//data/a", "/mnt/data/a/../b"];
  it.each(inside)("what lies below it is left alone: %s", (path) => {
    expect(belowData.onRun(mounting(path), alice)).toEqual(mounting(path));
  });

  const outside = [
    "/",
    "/mnt",
    "/mnt/database",
    "/mnt/data/..",
    "/mnt/data/../../etc",
    "//etc",
    "etc",
  ];
  it.each(outside)("what only looks like it is rejected: %s", (path) => {
    expect(() => belowData.onRun(mounting(path), alice)).toThrow("or a path below /mnt/data/");
  });

  it("the root allows everything", () => {
    const all = new Settings({ defaults: { instance_volume_paths: ["/"] } });
    expect(new InstanceVolumes(all).onRun(mounting("/etc"), alice)).toEqual(mounting("/etc"));
  });
});
