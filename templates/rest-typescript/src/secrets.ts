import type { Lossless } from "./lossless.ts";

/** The fields whose values nobody else may see, at whatever depth they stand. */
const holders = new Set(["env", "registry_auth", "ssh_key", "ssh_key_pub"]);

/** A shorter value says nothing, and hiding it would hide half of every line. */
const shortest = 4;

/** The text with `***` for each secret of a spec that it quotes. */
export function withoutSecrets(text: string, spec: Lossless): string {
  const found = new Set<string>();
  collect(spec, false, found);
  // The longest first: one may be part of another.
  const secrets = [...found].sort((a, b) => b.length - a.length);
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
}

function collect(value: Lossless, secret: boolean, found: Set<string>): void {
  if (value !== null && typeof value === "object" && !("isLosslessNumber" in value)) {
    for (const [key, item] of Object.entries(value))
      collect(item, secret || (!Array.isArray(value) && holders.has(key)), found);
  } else if (secret && value !== null && typeof value !== "boolean") {
    for (const form of formsOf(String(value))) if (form.length >= shortest) found.add(form);
  }
}

/** A value as it may be quoted: whole, escaped, line by line, and what follows `NAME=`. */
function formsOf(value: string): readonly string[] {
  const wholes = [value, value.slice(value.indexOf("=") + 1)];
  return wholes.flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    ...form.split("\n").map((line) => line.trim()),
  ]);
}
