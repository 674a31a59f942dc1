import type { FleetSpec, GatewaySpec, RunSpec, VolumeSpec } from "./specs.ts";

/** Who applies, and where. */
export interface Applicant {
  readonly user: string;
  readonly project: string;
}

type Verdict<Spec> = Spec | Promise<Spec>;

/**
 * Sees what users apply before the dstack server acts on it. What it has no method for passes.
 *
 * A method gets a spec that it may change, and returns it, or throws Rejection. Any other error is a
 * bug: dstack then refuses the apply without a reason, and the log has the stack.
 *
 * dstack asks twice, for the plan and for the apply, each time with the spec as it was submitted. So
 * the result may depend on nothing but the spec and the applicant.
 */
export interface Policy {
  /** As the log has it. */
  readonly name: string;
  onRun?(spec: RunSpec, by: Applicant): Verdict<RunSpec>;
  onFleet?(spec: FleetSpec, by: Applicant): Verdict<FleetSpec>;
  onVolume?(spec: VolumeSpec, by: Applicant): Verdict<VolumeSpec>;
  onGateway?(spec: GatewaySpec, by: Applicant): Verdict<GatewaySpec>;
}

/** A policy's no. The user of `dstack apply` reads the message, so it says what to do instead. */
export class Rejection extends Error {
  override readonly name = "Rejection";

  constructor(message: string) {
    // dstack takes an empty message for a broken answer.
    super(message || "rejected, and the policy doesn't say why");
  }
}
