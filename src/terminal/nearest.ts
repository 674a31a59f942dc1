/**
 * The candidate that a person most likely meant: the nearest by {@link distance}, if it is near enough to be a slip of the hand (one
 * slip for up to four characters, two up to eight, else three), or else the only one that begins with the word.
 *
 * @returns null where nothing is near
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  let best: { readonly candidate: string; readonly slips: number } | null = null;
  const beginning: string[] = [];
  for (const candidate of candidates) {
    const slips = distance(lower, candidate.toLowerCase());
    if (best === null || slips < best.slips) best = { candidate, slips };
    if (lower.length > 1 && candidate.toLowerCase().startsWith(lower)) beginning.push(candidate);
  }
  if (best !== null && best.slips <= allowedSlips(lower)) return best.candidate;
  return beginning.length === 1 ? (beginning[0] ?? null) : null;
}

function allowedSlips(word: string): number {
  if (word.length <= 4) return 1;
  return word.length <= 8 ? 2 : 3;
}

/** How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other (optimal string alignment). */
export function distance(from: string, to: string): number {
  const a = [...from];
  const b = [...to];
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
