/** The specs that dstack sends, as its OpenAPI document has them. `npm run types` writes dstack.d.ts anew. */

import type { paths } from "./dstack.d.ts";

type Received<Kind extends "run" | "fleet" | "volume" | "gateway"> =
  paths[`/apply_policies/on_${Kind}_apply`]["post"]["requestBody"]["content"]["application/json"]["spec"];

export type RunSpec = Received<"run">;
export type FleetSpec = Received<"fleet">;
export type VolumeSpec = Received<"volume">;
export type GatewaySpec = Received<"gateway">;

/** What users apply, and the spec of each. */
export interface Specs {
  run: RunSpec;
  fleet: FleetSpec;
  volume: VolumeSpec;
  gateway: GatewaySpec;
}

export type Kind = keyof Specs;
