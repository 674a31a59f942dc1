import { effective } from "../effective.ts";
import { type Applicant, type Policy, Rejection } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { FleetSpec, GatewaySpec, RunSpec, VolumeSpec } from "../specs.ts";

type Tags = Readonly<Record<string, string>>;

/**
 * Sees to it that whatever costs money says whose it is: adds a missing tag that has a default, and
 * rejects where it has none. An empty tag is missing.
 *
 * Tags of the configuration replace those of the profile, all at once. So what the profile has is
 * copied along when a tag is added.
 */
export class RequiredTags implements Policy {
  readonly name = "required-tags";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, by: Applicant): RunSpec {
    const { configuration } = spec;
    // `dstack offer` sends a task of the image `scratch` to see the prices. It can't be told from
    // a run in any other way, and nobody can run that image: there is nothing in it.
    if (configuration.type === "task" && configuration.image === "scratch") return spec;
    this.#complete(spec, effective(spec, "tags"), by);
    return spec;
  }

  onFleet(spec: FleetSpec, by: Applicant): FleetSpec {
    // The machines of an SSH fleet are in no cloud's bill, and dstack refuses tags for them.
    if (spec.configuration.ssh_config == null) this.#complete(spec, effective(spec, "tags"), by);
    return spec;
  }

  onVolume(spec: VolumeSpec, by: Applicant): VolumeSpec {
    this.#complete(spec, spec.configuration.tags ?? null, by);
    return spec;
  }

  onGateway(spec: GatewaySpec, by: Applicant): GatewaySpec {
    this.#complete(spec, spec.configuration.tags ?? null, by);
    return spec;
  }

  #complete(
    spec: RunSpec | FleetSpec | VolumeSpec | GatewaySpec,
    tags: Tags | null,
    { user, project }: Applicant,
  ): void {
    const present = new Map(Object.entries(tags ?? {}));
    const required = Object.entries(this.#settings.limits(user, project).required_tags);
    const missing = required.filter(([name]) => !present.get(name));
    const names = missing.flatMap(([name, value]) => (value === null ? [`\`${name}\``] : []));
    if (names.length > 0)
      throw new Rejection(`Required tags are missing: set ${names.join(", ")} under \`tags\``);
    for (const [name, value] of missing) if (value !== null) present.set(name, value);
    if (missing.length > 0) spec.configuration.tags = Object.fromEntries(present);
  }
}
