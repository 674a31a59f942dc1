/** A value that a template may show. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** What templates are filled with: plain data, every name that a template uses present. */
export type View = Readonly<Record<string, Value>>;

export function isList(
  value: readonly Value[] | { readonly [key: string]: Value },
): value is readonly Value[] {
  return Array.isArray(value);
}
