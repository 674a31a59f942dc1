/** One of several parts that the samples are split into. */
export interface Shard {
  /** Counted from 1. */
  readonly number: number;
  readonly of: number;
}

/** The shard that `2/5` names; null where the text names none. */
export function parseShard(text: string): Shard | null {
  const [, number, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (number === undefined || of === undefined || number < 1 || number > of) return null;
  return { number, of };
}
