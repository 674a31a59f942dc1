import { effective } from "../effective.ts";
import type { Applicant, Policy } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { RunSpec } from "../specs.ts";

/**
 * Caps how long tasks and dev environments run: lowers `max_duration` to the limit, and writes the
 * limit where there is none.
 *
 * Services are left alone: they are meant to stay, and dstack would stop them in the middle of their
 * work. The limit is written to the configuration, which wins over the profile.
 */
export class MaxDuration implements Policy {
  readonly name = "max-duration";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, { user, project }: Applicant): RunSpec {
    if (spec.configuration.type === "service") return spec;
    const limit = this.#settings.limits(user, project).max_duration_hours * 3600;
    const duration = effective(spec, "max_duration");
    // Seconds, or one of the two faces of "no limit": null, and `off`, which is a string.
    if (typeof duration !== "number" || duration > limit) spec.configuration.max_duration = limit;
    return spec;
  }
}
