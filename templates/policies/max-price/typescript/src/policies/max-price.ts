import { effective } from "../effective.ts";
import type { Applicant, Policy } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { FleetSpec, RunSpec } from "../specs.ts";

/**
 * Lowers `max_price` to the limit, and writes the limit where there is none, which means unlimited.
 *
 * It is dollars an hour for each instance: more nodes or replicas cost more in sum. The limit is
 * written to the configuration, which wins over the profile.
 */
export class MaxPrice implements Policy {
  readonly name = "max-price";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, by: Applicant): RunSpec {
    this.#cap(spec, by);
    return spec;
  }

  onFleet(spec: FleetSpec, by: Applicant): FleetSpec {
    // The machines of an SSH fleet have no price, and dstack refuses one for them.
    if (spec.configuration.ssh_config == null) this.#cap(spec, by);
    return spec;
  }

  #cap(spec: RunSpec | FleetSpec, { user, project }: Applicant): void {
    const limit = this.#settings.limits(user, project).max_price;
    const price = effective(spec, "max_price");
    // Said this way round, what isn't a number is capped as well.
    if (price === null || !(price <= limit)) spec.configuration.max_price = limit;
  }
}
