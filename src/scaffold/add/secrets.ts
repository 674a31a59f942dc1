import { isList, isMapping } from '../../replay/equality.ts';
import type { Json } from '../../replay/model.ts';

/** Below these keys a spec holds secrets, wherever they stand. */
const secretKeys: ReadonlySet<string> = new Set(['env', 'registry_auth', 'ssh_key']);

/** The values below every key that holds secrets; of `NAME=value` in a list of `env` the value. */
export function secretsOf(value: Json, within: string | null = null): readonly string[] {
  if (value === null || typeof value === 'boolean') return [];
  if (isList(value)) return value.flatMap((item) => secretsOf(item, within));
  if (isMapping(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      secretsOf(item, within === null ? (secretKeys.has(key) ? key : null) : `${within}.${key}`),
    );
  }
  if (within === null) return [];
  const text = String(value);
  if (within !== 'env') return [text];
  const equals = text.indexOf('=');
  // In a list, a name alone has no value to hide.
  return equals < 0 ? [] : [text.slice(equals + 1)];
}
