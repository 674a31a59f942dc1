import type { Policy } from "../policy.ts";
import type { RunSpec } from "../specs.ts";

/**
 * Turns HTTPS on for services that switch it off. Only an explicit `https: false` is changed: nothing
 * set means true, and `auto` follows the gateway, which may have its certificate elsewhere.
 */
export class HttpsServices implements Policy {
  readonly name = "https-services";

  onRun(spec: RunSpec): RunSpec {
    const { configuration } = spec;
    if (configuration.type === "service" && configuration.https === false)
      configuration.https = true;
    return spec;
  }
}
