import { type Applicant, type Policy, Rejection } from "./policy.ts";
import type { Kind, Specs } from "./specs.ts";

/** Hands a spec to one policy. One that has nothing to say about the kind returns it as it is. */
type Step<Spec> = (policy: Policy, spec: Spec, by: Applicant) => Spec | Promise<Spec>;

const steps: { readonly [K in Kind]: Step<Specs[K]> } = {
  run: (policy, spec, by) => (policy.onRun ? policy.onRun(spec, by) : spec),
  fleet: (policy, spec, by) => (policy.onFleet ? policy.onFleet(spec, by) : spec),
  volume: (policy, spec, by) => (policy.onVolume ? policy.onVolume(spec, by) : spec),
  gateway: (policy, spec, by) => (policy.onGateway ? policy.onGateway(spec, by) : spec),
};

export type Decision<Spec> =
  | { readonly accepted: true; readonly spec: Spec }
  | { readonly accepted: false; readonly policy: string; readonly message: string };

/**
 * Runs the policies in their order. The first one that rejects ends it.
 *
 * @throws what a policy throws that isn't a Rejection, and TypeError where one returns no spec
 */
export async function decide<K extends Kind>(
  kind: K,
  policies: readonly Policy[],
  submitted: Specs[K],
  by: Applicant,
): Promise<Decision<Specs[K]>> {
  let spec = submitted;
  for (const policy of policies) {
    try {
      spec = await steps[kind](policy, spec, by);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return { accepted: false, policy: policy.name, message: error.message };
    }
    // The compiler sees to it, but not in a policy that is written in JavaScript or full of `any`.
    if (!spec) throw new TypeError(`The policy ${policy.name} returned no spec`);
  }
  return { accepted: true, spec };
}
