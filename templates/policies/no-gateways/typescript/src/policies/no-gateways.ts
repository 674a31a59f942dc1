import { type Applicant, type Policy, Rejection } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { GatewaySpec } from "../specs.ts";

/**
 * Keeps gateways, which put services on the internet, in the hands of those who run the platform:
 * rejects those of everyone but the users in the settings. Services may use what is there.
 */
export class NoGateways implements Policy {
  readonly name = "no-gateways";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onGateway(spec: GatewaySpec, { user, project }: Applicant): GatewaySpec {
    const allowed = this.#settings.limits(user, project).gateway_users;
    if (allowed.includes(user)) return spec;
    const whom = allowed.length > 0 ? `: ask ${allowed.join(" or ")}` : "";
    throw new Rejection(`User ${user} may not create or change gateways${whom}`);
  }
}
