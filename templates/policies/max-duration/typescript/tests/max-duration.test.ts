import { describe, expect, it } from "vitest";
import { MaxDuration } from "../src/policies/max-duration.ts";
import { Settings } from "../src/settings.ts";
import { alice, devEnvironment, offer, run, service, task } from "./specs.ts";

const policy = new MaxDuration(new Settings({ defaults: { max_duration_hours: 24 } }));
const hour = 3600;
const day = 24 * hour;

/** How long a run may take in the end. */
function duration(configuration: object, profile: Record<string, unknown> | null = null): unknown {
  const spec = run({ ...task, ...configuration }, profile);
  return policy.onRun(spec, alice).configuration.max_duration;
}

describe.each([task, devEnvironment])("a $type", (configuration) => {
  describe.each([null, "off", 2 * day, 10 ** 9])("with a duration of %j", (max_duration) => {
    const profiles = [null, {}, { max_duration: "off" }, { max_duration: 2 * day }];
    it.each(profiles)("gets the limit, profile %j", (profile) => {
      expect(duration({ ...configuration, max_duration }, profile)).toBe(day);
    });
  });
});

describe("where the configuration and the profile both have a say", () => {
  it("`off` in the configuration wins, and is capped", () => {
    expect(duration({ max_duration: "off" }, { max_duration: hour })).toBe(day);
  });

  it("a shorter limit stays where it is", () => {
    expect(duration({ max_duration: hour }, { max_duration: 2 * day })).toBe(hour);
    expect(duration({ max_duration: null }, { max_duration: hour })).toBeNull();
  });
});

it("services are left alone", () => {
  expect(duration({ ...service, max_duration: null })).toBeNull();
});

it("`dstack offer` works", () => {
  expect(policy.onRun(offer(), alice).configuration.max_duration).toBe(day);
});
