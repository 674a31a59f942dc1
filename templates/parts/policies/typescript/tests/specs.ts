/** Specs as dstack sends them, with no more in them than the tests are about. */

import type { Applicant } from "../src/policy.ts";
import type { FleetSpec, GatewaySpec, RunSpec, VolumeSpec } from "../src/specs.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A range as dstack writes it. */
export const range = (min: number | null, max: number | null) => ({ min, max });

/** Resources with a number of GPUs. */
export const gpus = (min: number | null, max: number | null) => ({
  resources: { gpu: { count: range(min, max) } },
});

const anyResources = gpus(0, null);

export const task: Fields = { type: "task", volumes: [], ...anyResources };
export const service: Fields = { type: "service", volumes: [], ...anyResources };
export const devEnvironment: Fields = { type: "dev-environment", volumes: [], ...anyResources };

export const alice: Applicant = { user: "alice", project: "research" };
export const bob: Applicant = { user: "bob", project: "main" };

/** A run; without a profile it is null, as the API allows. */
export function run(configuration: Fields, profile: Fields | null = null): RunSpec {
  return made({ configuration, profile });
}

/** The dummy task that `dstack offer` sends through the policies. */
export function offer(): RunSpec {
  const dummy = { image: "scratch", commands: [":"], user: "root" };
  return run({ ...task, ...dummy }, { name: "default" });
}

/** A fleet; unlike a run it always has a profile. */
export function fleet(configuration: Fields, profile: Fields = {}): FleetSpec {
  return made({ configuration: { type: "fleet", ...configuration }, profile });
}

export function volume(configuration: Fields = {}): VolumeSpec {
  return made({ configuration: { type: "volume", backend: "aws", ...configuration } });
}

export function gateway(configuration: Fields = {}): GatewaySpec {
  return made({ configuration: { type: "gateway", backend: "aws", ...configuration } });
}

/** A spec that is the test's own, so that a policy can't change what the next test sees. */
function made<Spec>(spec: Fields): Spec {
  // Less than dstack sends, which is what makes the tests readable.
  return structuredClone(spec) as Spec;
}
