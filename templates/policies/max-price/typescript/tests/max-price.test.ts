import { describe, expect, it } from "vitest";
import { MaxPrice } from "../src/policies/max-price.ts";
import { Settings } from "../src/settings.ts";
import { alice, bob, devEnvironment, fleet, offer, run, service, task } from "./specs.ts";

const policy = new MaxPrice(
  new Settings({ defaults: { max_price: 10 }, users: { alice: { max_price: 20 } } }),
);

/** What a run of bob's may cost in the end. */
function price(configuration: object, profile: Record<string, unknown> | null = null): unknown {
  return policy.onRun(run({ ...task, ...configuration }, profile), bob).configuration.max_price;
}

describe.each([task, service, devEnvironment])("a $type", (configuration) => {
  it.each([null, {}, { max_price: 32 }])("without a limit gets it, profile %j", (profile) => {
    expect(price({ ...configuration, max_price: null }, profile)).toBe(10);
    expect(price(configuration, profile)).toBe(10);
  });

  it("with a higher limit gets it", () => {
    expect(price({ ...configuration, max_price: 32 })).toBe(10);
  });
});

describe("where the configuration and the profile both have a say", () => {
  it("the configuration counts", () => {
    expect(price({ max_price: 32 }, { max_price: 1 })).toBe(10);
    expect(price({ max_price: 2.5 }, { max_price: 32 })).toBe(2.5);
  });

  it.each([2.5, 10])("a limit of %d in the profile stays there", (max_price) => {
    expect(price({ max_price: null }, { max_price })).toBeNull();
  });
});

it("what isn't a number is capped", () => {
  expect(price({ max_price: "cheap" })).toBe(10);
});

it("users have their own limit", () => {
  const spec = run({ ...task, max_price: 32 });
  expect(policy.onRun(spec, alice).configuration.max_price).toBe(20);
});

it("fleets are capped", () => {
  const spec = fleet({ nodes: { min: 2, max: 2 }, max_price: 32 });
  expect(policy.onFleet(spec, bob).configuration.max_price).toBe(10);
});

it("SSH fleets are left alone", () => {
  const spec = fleet({ ssh_config: { hosts: ["10.0.0.1"] }, max_price: null });
  expect(policy.onFleet(spec, bob).configuration.max_price).toBeNull();
});

it("`dstack offer` shows what can be had", () => {
  expect(policy.onRun(offer(), bob).configuration.max_price).toBe(10);
});
