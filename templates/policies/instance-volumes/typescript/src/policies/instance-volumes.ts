import { posix } from "node:path";
import { type Applicant, type Policy, Rejection } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { RunSpec } from "../specs.ts";

/**
 * Rejects mounts of the instance's own folders, which outlive the run and belong to others too. Those
 * below the folders in the settings are allowed; network volumes are left alone.
 *
 * Paths are compared without `..`, `.` and double slashes. Symbolic links are the machine's, and
 * can't be seen from here: allow no folder that users can put links into.
 */
export class InstanceVolumes implements Policy {
  readonly name = "instance-volumes";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, { user, project }: Applicant): RunSpec {
    const allowed = this.#settings.limits(user, project).instance_volume_paths;
    for (const mount of spec.configuration.volumes) {
      if (!("instance_path" in mount)) continue; // a network volume
      const path = mount.instance_path;
      if (allowed.some((folder) => isBelow(path, folder))) continue;
      const instead = allowed.length > 0 ? `, or a path below ${allowed.join(" or ")}` : "";
      throw new Rejection(
        `Mounting ${path} of the instance isn't allowed: use a network volume${instead}`,
      );
    }
    return spec;
  }
}

function isBelow(path: string, folder: string): boolean {
  const [inner, outer] = [posix.resolve("/", path), posix.resolve("/", folder)];
  return inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
}
