import { expect, it } from "vitest";
import { HttpsServices } from "../src/policies/https-services.ts";
import { devEnvironment, offer, run, service, task } from "./specs.ts";

const policy = new HttpsServices();

it("HTTPS that is switched off is turned on", () => {
  const spec = policy.onRun(run({ ...service, https: false }));
  expect(spec).toEqual(run({ ...service, https: true }));
});

it.each([
  run({ ...service, https: null }),
  run({ ...service, https: true }),
  run({ ...service, https: "auto" }),
  run(task),
  run(devEnvironment),
  offer(),
])("other runs are left alone: %#", (spec) => {
  const before = structuredClone(spec);
  expect(policy.onRun(spec)).toEqual(before);
});
