import type { ReplayAnswer } from '../../engine/protocol.ts';
import { type Chain, placeBelow } from '../chain.ts';
import type { Finding, Kind } from '../model.ts';
import { findingAt } from './finding.ts';
import { sentences } from './sentences.ts';

/** What the samples of a run made of each policy, gathered replay by replay; built-in samples are none of the project's. */
export class Exercise {
  #chain: Chain | null = null;
  /** By place in the chain: the kinds of spec that reached it. */
  readonly #kinds = new Map<number, Set<Kind>>();
  readonly #acted = new Set<number>();
  readonly #leftAlone = new Set<number>();

  add(answer: ReplayAnswer, chain: Chain, kind: Kind): void {
    this.#chain = chain;
    const acting = actingIn(answer, chain);
    if (acting.size === 0 && (answer.outcome === 'timed-out' || answer.outcome === 'crashed')) {
      // One of them did that, and nobody knows which.
      for (const index of chain.policies.keys()) this.#acted.add(index);
    }
    for (const index of new Set([...answer.reached, ...acting])) {
      this.#kinds.set(index, (this.#kinds.get(index) ?? new Set<Kind>()).add(kind));
      if (acting.has(index)) this.#acted.add(index);
      // What nobody knows the end of isn't left alone.
      else if (answer.outcome !== 'timed-out' && answer.outcome !== 'crashed') this.#leftAlone.add(index);
    }
  }

  /** The hooks that no sample reached, and the policies that always did or never did something. */
  findings(): readonly Finding[] {
    const chain = this.#chain;
    if (chain === null) return [];
    const found = chain.policies.flatMap((policy, index): readonly Finding[] => {
      const hooks = Object.entries(policy.hooks).flatMap(([hook, place]) => {
        const own = placeBelow(chain.root, place);
        return own.file === null ? [] : [{ hook, place: own }];
      });
      const [first] = hooks;
      if (first === undefined) return [];
      const kinds = this.#kinds.get(index);
      if (kinds !== undefined && !this.#acted.has(index))
        return [
          ...unreached(policy.name, hooks, kinds),
          findingAt('never-exercised', sentences.neverActs(policy.name), first.place),
        ];
      if (kinds !== undefined && !this.#leftAlone.has(index))
        return [
          ...unreached(policy.name, hooks, kinds),
          findingAt('never-exercised', sentences.alwaysActs(policy.name), first.place),
        ];
      return unreached(policy.name, hooks, kinds ?? new Set());
    });
    // A class that is in the chain twice is one to its author.
    return found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index);
  }
}

type Hook = {
  readonly hook: string;
  readonly place: { readonly file: string | null; readonly line: number | null };
};

function unreached(name: string, hooks: readonly Hook[], kinds: ReadonlySet<Kind>): readonly Finding[] {
  return hooks
    .filter(({ hook }) => {
      const kind = /^on_(run|fleet|volume|gateway)_apply$/.exec(hook)?.[1] as Kind | undefined; // the words of the expression
      return kind === undefined ? kinds.size === 0 : !kinds.has(kind);
    })
    .map(({ hook, place }) => findingAt('never-exercised', sentences.hookNeverReached(name, hook), place));
}

/** The policies that changed, refused or broke something in a replay. */
function actingIn({ steps, facts, policy }: ReplayAnswer, { policies }: Chain): ReadonlySet<number> {
  const acting = new Set(steps.map((step) => step.policy));
  for (const fact of facts) if (fact.policy !== null) acting.add(fact.policy);
  if (policy !== null) {
    for (const [index, { name }] of policies.entries()) if (name === policy.name) acting.add(index);
  }
  return acting;
}
