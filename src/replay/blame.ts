import type { Step } from '../engine/protocol.ts';
import { type Chain, policyAt } from './chain.ts';
import { compareDumps } from './changes.ts';
import type { Json, Kind, PolicyPlace } from './model.ts';
import { isAtOrBelow } from './pointer.ts';

/**
 * Says which policy made a change, from what each policy of the chain left behind.
 *
 * Where several wrote one field, all are named in their order, with the place of the last: its value is the one that counts. A change that
 * only the server's own re-parse shows (a value in another form, a field that moved) is the policy's that acted, where only one did.
 *
 * @param before the dump without the policies
 * @param steps what each policy that changed something made of it
 * @returns for the JSON Pointer of a change its policy; null where that can't be told
 */
export function blameFor(
  before: Json,
  steps: readonly Step[],
  chain: Chain,
  kind: Kind,
): (pointer: string) => PolicyPlace | null {
  const made = steps.map(({ policy, dump }, index) => ({
    policy,
    pointers: Object.keys(compareDumps(index === 0 ? before : (steps[index - 1]?.dump ?? null), dump)),
  }));
  const acted = [...new Set(made.filter(({ pointers }) => pointers.length > 0).map(({ policy }) => policy))];
  return (pointer) => {
    const wrote = made.filter(({ pointers }) => pointers.some((other) => overlap(other, pointer)));
    const indices = wrote.length > 0 ? wrote.map(({ policy }) => policy) : acted.length === 1 ? acted : [];
    return together(indices.flatMap((index) => policyAt(chain, index, kind) ?? []));
  };
}

/** Policies that had a part in one thing, one after the other, as one place. */
export function together(policies: readonly PolicyPlace[]): PolicyPlace | null {
  const last = policies.at(-1);
  return last === undefined ? null : { ...last, name: policies.map(({ name }) => name).join(', then ') };
}

function overlap(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}
