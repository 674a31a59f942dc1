import { type ReplicaGroup, replicaGroups } from "../groups.ts";
import { type Applicant, type Policy, Rejection } from "../policy.ts";
import type { Settings } from "../settings.ts";
import type { FleetSpec, RunSpec } from "../specs.ts";

/**
 * Limits the GPUs of one run or one fleet, over all its nodes or replicas: rejects what asks for more
 * than allowed, and narrows a range that may end above the limit.
 *
 * A run that names no number of GPUs has such a range: it could get any machine. What the least
 * numbers leave of the limit is shared equally among all nodes or replicas that have a range.
 *
 * A fleet is made once and on purpose, so nothing is narrowed: its nodes and its GPUs have to end
 * somewhere. The machines of an SSH fleet exist already, and are left alone.
 */
export class GpuLimit implements Policy {
  readonly name = "gpu-limit";
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  onRun(spec: RunSpec, { user, project }: Applicant): RunSpec {
    const limit = this.#settings.limits(user, project).max_gpus;
    const parts = partsOf(spec.configuration).map(({ instances, resources }) => ({
      instances,
      count: gpuCount(resources),
    }));
    const least = sum(parts.map(({ instances, count }) => instances * (count.min ?? 0)));
    // Said this way round, what isn't a number is rejected as well.
    if (!(least <= limit))
      throw new Rejection(
        `This run asks for ${least} GPUs over all its nodes or replicas, and ${limit} are` +
          " allowed: lower `gpu`, `nodes` or `replicas`",
      );
    const ranges = parts.filter(({ count }) => count.min !== count.max);
    const sharers = sum(ranges.map(({ instances }) => instances));
    const share = Math.floor((limit - least) / Math.max(sharers, 1));
    for (const { count } of ranges) {
      const most = (count.min ?? 0) + share;
      if (count.max === null || !(count.max <= most)) count.max = most;
    }
    return spec;
  }

  onFleet(spec: FleetSpec, { user, project }: Applicant): FleetSpec {
    const { nodes, resources, ssh_config } = spec.configuration;
    if (ssh_config != null || nodes == null) return spec;
    const limit = this.#settings.limits(user, project).max_gpus;
    const gpus = resources?.gpu?.count.max;
    const ends = typeof nodes.max === "number" && gpus != null && nodes.max * gpus <= limit;
    if (gpus !== 0 && !ends)
      throw new Rejection(
        `A fleet may have at most ${limit} GPUs, its nodes times the GPUs of each: set \`nodes\`` +
          " and `gpu` to numbers or ranges that end within it, or `gpu: 0` for none",
      );
    return spec;
  }
}

type Resources = RunSpec["configuration"]["resources"];

interface Part {
  /** The most that there may be. */
  readonly instances: number;
  /** Of each. */
  readonly resources: Resources;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a run consists of, group by group. */
function partsOf(configuration: RunSpec["configuration"]): readonly Part[] {
  const { resources } = configuration;
  if (configuration.type === "service") {
    const groups = replicaGroups(configuration);
    const parts = groups.length > 0 ? groups : [configuration];
    return parts.map((part) => ({ instances: mostReplicas(part), resources: part.resources }));
  }
  if (configuration.type === "task") {
    const groups = configuration.groups ?? []; // of nodes; older dstack has none
    if (groups.length > 0)
      return groups.map((group) => ({ instances: group.nodes, resources: group.resources }));
    return [{ instances: configuration.nodes ?? 1, resources }];
  }
  return [{ instances: 1, resources }];
}

function mostReplicas(part: Partial<Pick<ReplicaGroup, "count">> & { replicas?: Range | null }) {
  // Replica groups said `count` before they said `replicas`.
  const replicas = part.replicas ?? part.count;
  return replicas == null ? 1 : (replicas.max ?? Number.POSITIVE_INFINITY);
}

type Gpu = NonNullable<Resources["gpu"]>;
type Range = Gpu["count"];

function gpuCount(resources: Resources): Range {
  // Null means any number, and only an older client sends it. dstack fills in the rest.
  resources.gpu ??= { count: { min: 0, max: null } } as Gpu;
  return resources.gpu.count;
}
