import { isObject, type Lossless, parseLossless, plain } from "./lossless.ts";
import type { Applicant } from "./policy.ts";
import type { Kind, Specs } from "./specs.ts";

/** What dstack asks, once it is known to be well formed. */
export interface ApplyRequest<K extends Kind> {
  readonly by: Applicant;
  /** What is applied, for the log; null where the user left it to dstack. */
  readonly name: string | null;
  /** For the policies, which may change it. */
  readonly spec: Specs[K];
  /** The same as it was received. */
  readonly received: Lossless;
}

/** The body isn't what dstack sends. The message says why, and quotes nothing of it. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";
}

/** What `type` may be. Another one is of a newer dstack, and no policy here has been held against it. */
const types: { readonly [K in Kind]: readonly string[] } = {
  run: ["task", "service", "dev-environment"],
  fleet: ["fleet"],
  volume: ["volume"],
  gateway: ["gateway"],
};

/**
 * Reads the body of a request. Of the spec only the outline is looked at: fields that are new to this
 * server are none of its business, and dstack checks what it gets back.
 *
 * @throws MalformedRequest
 */
export function readRequest<K extends Kind>(kind: K, body: string): ApplyRequest<K> {
  const request = parsed(body);
  if (!isObject(request)) throw new MalformedRequest("the body isn't a JSON object");
  const { user, project, spec } = request;
  if (typeof user !== "string" || user === "") throw new MalformedRequest("user isn't a name");
  if (typeof project !== "string" || project === "")
    throw new MalformedRequest("project isn't a name");
  if (!isObject(spec)) throw new MalformedRequest("spec isn't an object");
  const { configuration, profile } = spec;
  if (!isObject(configuration)) throw new MalformedRequest("spec.configuration isn't an object");
  if (profile !== undefined && profile !== null && !isObject(profile))
    throw new MalformedRequest("spec.profile isn't an object");
  const { type } = configuration;
  if (typeof type !== "string" || !types[kind].includes(type))
    throw new MalformedRequest(`spec.configuration.type isn't ${types[kind].join(" or ")}`);
  const name = spec.run_name ?? configuration.name;
  return {
    by: { user, project },
    name: typeof name === "string" ? name : null,
    // dstack made it of its own models, which dstack.d.ts is generated from.
    spec: plain(spec) as unknown as Specs[K],
    received: spec,
  };
}

function parsed(body: string): Lossless {
  try {
    return parseLossless(body);
  } catch (error) {
    // The parser's message quotes what it stumbled over, which may be part of a secret.
    const [place = ""] = / at position \d+/.exec(String(error)) ?? [];
    throw new MalformedRequest(`the body isn't JSON, or has a key twice${place}`);
  }
}
