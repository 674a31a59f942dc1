import { type Applicant, type Policy, Rejection } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { RunSpec } from "../specs.ts";

/**
 * Rejects tasks of more than one node outside the projects that may have them: the nodes of a
 * distributed task share a network and reach each other's ports.
 */
export class DistributedTasks implements Policy {
  readonly name = "distributed-tasks";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, { user, project }: Applicant): RunSpec {
    const allowed = this.#settings.limits(user, project).distributed_task_projects;
    const nodes = nodesOf(spec.configuration);
    // Said this way round, what isn't a number is rejected as well.
    if (nodes <= 1 || allowed.includes(project)) return spec;
    const instead = allowed.length > 0 ? `, or apply in ${allowed.join(" or ")}` : "";
    throw new Rejection(
      `Distributed tasks aren't allowed in project ${project}: use one node instead of ${nodes}${instead}`,
    );
  }
}

function nodesOf(configuration: RunSpec["configuration"]): number {
  if (configuration.type !== "task") return 1;
  const groups = configuration.groups ?? []; // of nodes; older dstack has none
  if (groups.length > 0) return groups.reduce((sum, group) => sum + group.nodes, 0);
  return configuration.nodes ?? 1;
}
