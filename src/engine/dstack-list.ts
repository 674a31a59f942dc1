const range = /^(~=|!=|<=?|>=?|===?[^,]*\*)/;

/**
 * The versions, specifiers and references that `--dstack a,b,c` names. A comma inside a specifier (`>=0.21,<0.22`) or in brackets
 * (`dstack[server,aws]==0.22.5`) separates nothing: a range that follows a range belongs to it.
 */
export function dstackList(typed: string): readonly string[] {
  const items: string[] = [];
  for (const piece of typed.split(/,(?![^[]*\])/).map((item) => item.trim())) {
    const before = items.at(-1);
    const joins =
      before !== undefined &&
      range.test(piece) &&
      range.test(before.replace(/^dstack\s*(\[[^\]]*\])?\s*/, ''));
    if (joins) items[items.length - 1] = `${before},${piece}`;
    else items.push(piece);
  }
  return distinct(items);
}

/** Plain duplicates once, in the order of the first: `0.22.5`, `v0.22.5` and `==0.22.5` are one. */
export function distinct(items: readonly string[]): readonly string[] {
  const plain = (item: string): string => item.replace(/^(dstack)?\s*==\s*(?=[\d.]+$)|^v(?=\d)/, '');
  return items.filter((item, index) => items.findIndex((other) => plain(other) === plain(item)) === index);
}
