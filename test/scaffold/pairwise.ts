/** A factor's possible values, by the factor's name. */
export type Row = Readonly<Record<string, string>>;

/** The pairs of values that a row holds, each as one text. */
function pairsOf(row: Row): readonly string[] {
  const cells = Object.entries(row).map(([factor, value]) => `${factor}=${value}`);
  return cells.flatMap((one, index) => cells.slice(index + 1).map((other) => `${one}, ${other}`));
}

/**
 * A few of the rows, in which every pair of values that occurs in any of them occurs: the one with the most new pairs first, of several the one
 * that comes first. The same rows give the same few.
 */
export function pairwise(rows: readonly Row[]): readonly Row[] {
  const open = new Set(rows.flatMap(pairsOf));
  const chosen: Row[] = [];
  while (open.size > 0) {
    let best: Row | null = null;
    let most = 0;
    for (const row of rows) {
      const gain = pairsOf(row).filter((pair) => open.has(pair)).length;
      if (gain > most) [best, most] = [row, gain];
    }
    if (best === null) throw new Error('there are pairs that no row holds');
    for (const pair of pairsOf(best)) open.delete(pair);
    chosen.push(best);
  }
  return chosen;
}
