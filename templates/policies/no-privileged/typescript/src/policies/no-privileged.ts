import { replicaGroups } from "../groups.ts";
import { type Policy, Rejection } from "../policy.ts";
import type { RunSpec } from "../specs.ts";

/**
 * Rejects privileged containers: whoever gets one owns the machine that it runs on.
 *
 * Looks at `privileged` and at `docker`, which needs a privileged container as well. Both may be set
 * for the whole run, and for each replica group of a service.
 */
export class NoPrivileged implements Policy {
  readonly name = "no-privileged";

  onRun(spec: RunSpec): RunSpec {
    refuse(spec.configuration, "the configuration");
    for (const group of replicaGroups(spec.configuration))
      refuse(group, `replica group ${group.name}`);
    return spec;
  }
}

interface Part {
  readonly privileged?: boolean | null;
  readonly docker?: boolean | null;
}

function refuse(part: Part, place: string): void {
  for (const field of ["privileged", "docker"] as const) {
    if (part[field])
      throw new Rejection(
        `Privileged containers aren't allowed: remove \`${field}: true\` from ${place}`,
      );
  }
}
