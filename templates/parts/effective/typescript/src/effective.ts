import type { FleetSpec, RunSpec } from "./specs.ts";

/** What both a configuration and a profile may set. */
type Parameters = Omit<NonNullable<RunSpec["profile"]>, "name" | "default">;

/** What dstack will use for a profile parameter: the configuration's value, else the profile's. */
export function effective<Name extends keyof Parameters>(
  spec: RunSpec | FleetSpec,
  name: Name,
): Parameters[Name] | null {
  // A fleet's configuration has some of them.
  const configuration: Partial<Parameters> = spec.configuration;
  // The profile is null through the API, never through the CLI.
  return configuration[name] ?? spec.profile?.[name] ?? null;
}
