import type { RunSpec } from "./specs.ts";

type Service = Extract<RunSpec["configuration"], { type: "service" }>;
type Group = NonNullable<Service["groups"]>[number];

/** A replica group, with what older dstack calls its `replicas`. */
export type ReplicaGroup = Group & { readonly count?: Group["replicas"] };

/**
 * The replica groups of a service, under every name that dstack has given them; empty for a service
 * without groups, and for any other run.
 *
 * dstack keeps them as `groups`. Before 0.21.3 they were a list under `replicas`, and a policy that
 * knows one name alone accepts in silence what stands under the other one.
 */
export function replicaGroups(configuration: RunSpec["configuration"]): readonly ReplicaGroup[] {
  if (configuration.type !== "service") return [];
  const replicas: unknown = configuration.replicas;
  // The types are those of a newer dstack, which has no list there.
  const older = Array.isArray(replicas) ? (replicas as ReplicaGroup[]) : [];
  return [...(configuration.groups ?? []), ...older];
}
