import type { Fact, ReplayAnswer } from '../../engine/protocol.ts';
import { blameFor, together } from '../blame.ts';
import { type Chain, placeBelow, policyAt } from '../chain.ts';
import type { Mask } from '../mask.ts';
import type { Finding, Json, Kind, PolicyPlace } from '../model.ts';
import { type FindingPlace, findingAt } from './finding.ts';
import { afterNothing, sentences } from './sentences.ts';

/** What a replay's findings are made from, besides the answer itself. */
export interface FactCircumstances {
  readonly chain: Chain;
  readonly kind: Kind;
  readonly mask: Mask;
}

/** What the worker saw, as findings: with the policy by name, the place in the author's code, and without secrets. */
export function findingsFromFacts(answer: ReplayAnswer, about: FactCircumstances): readonly Finding[] {
  const facts = answer.facts;
  const has = (code: Fact['code']): boolean => facts.some((fact) => fact.code === code);
  return facts
    .filter(({ code }) => {
      // What follows from a policy that gave no spec back is nobody else's mistake.
      if (code === 'accidental-rejection' || code === 'foreign-rejection') return !has('returns-nothing');
      if (code === 'walk-differs') return !has('plan-apply-differ');
      return true;
    })
    .map((fact) => findingFrom(fact, answer, about));
}

function findingFrom(fact: Fact, answer: ReplayAnswer, about: FactCircumstances): Finding {
  const { kind, mask, chain } = about;
  const policy = fact.policy === null ? partIn(answer, fact, about) : policyAt(chain, fact.policy, kind);
  const other = fact.other == null ? null : policyAt(chain, fact.other, kind);
  const who = policy?.name ?? null;
  const place = placeOf(fact, chain) ?? (policy?.file == null ? null : policy);
  const text = fact.text === null ? null : mask.text(fact.text);
  const message = answer.message === null ? null : mask.text(answer.message);
  const { path, wrote, holds } = writeOf(fact, mask);
  switch (fact.code) {
    case 'returns-nothing': {
      const sentence = sentences.returnsNothing(who, text, afterNothing(answer.outcome, message));
      return findingAt('returns-nothing', sentence, place);
    }
    case 'accidental-rejection':
      return findingAt(fact.code, sentences.accidentalRejection(who, text, message), place);
    case 'foreign-rejection':
      return findingAt(fact.code, sentences.foreignRejection(who, text), place);
    case 'plan-apply-differ':
    case 'walk-differs':
      return findingAt('plan-apply-differ', sentences.planApplyDiffer(who, aboutPath(text, path)), place);
    case 'order-dependent':
      return findingAt(fact.code, sentences.orderDependent(who, aboutPath(text, path)), place);
    case 'exited':
      return findingAt(fact.code, sentences.exited(who, text), place);
    case 'out-of-memory':
      return findingAt('exited', sentences.outOfMemory(who, text), place);
    case 'alters-process':
      return findingAt(fact.code, sentences.altersProcess(who, text), place);
    case 'lost-write':
      return findingAt(fact.code, sentences.lostWrite(who, path, wrote, holds), place);
    case 'unvalidated-value':
      // Volumes and gateways aren't parsed again, so nothing makes such a value right.
      return kind === 'volume' || kind === 'gateway'
        ? findingAt(fact.code, sentences.unparsedValue(who, path, wrote, kind), place, 'error')
        : findingAt(fact.code, sentences.unvalidatedValue(who, path, wrote, holds), place);
    case 'chain-order':
      return findingAt(fact.code, sentences.chainOrder(who, other?.name ?? null, path, text), place);
    case 'blocks-update': {
      const both = together([policy, other].flatMap((each) => each ?? []));
      return findingAt(fact.code, sentences.blocksUpdate(both?.name ?? null, text), place);
    }
  }
}

/** Of a fact about no single policy: the one that the replay ended at, else those that had a part in it, else the only one there is. */
function partIn(answer: ReplayAnswer, fact: Fact, { kind, chain }: FactCircumstances): PolicyPlace | null {
  const { policy, before, steps = [], reached = [] } = answer;
  switch (fact.code) {
    case 'exited':
    case 'out-of-memory':
    case 'accidental-rejection':
    case 'foreign-rejection':
      return policy === null ? null : placeBelow(chain.root, policy);
    case 'blocks-update':
    case 'order-dependent':
    case 'plan-apply-differ': {
      const wrote = fact.path === null ? null : blameFor(before, steps, chain, kind)(fact.path);
      const indices =
        steps.length > 0 ? steps.map((step) => step.policy) : reached.length === 1 ? reached : [];
      return wrote ?? together(indices.flatMap((index) => policyAt(chain, index, kind) ?? []));
    }
    default:
      return null;
  }
}

function placeOf({ file, line }: Fact, { root }: Chain): FindingPlace | null {
  const place = placeBelow(root, { file, line });
  return place.file === null ? null : place;
}

/** The write that a fact is about, masked as a change at its pointer is. */
function writeOf({ path, wrote, holds }: Fact, mask: Mask): { path: string; wrote: Json; holds: Json } {
  const change = {
    ...(wrote === undefined ? {} : { from: wrote }),
    ...(holds === undefined ? {} : { to: holds }),
  };
  const [pointer = '', masked] = Object.entries(mask.changes({ [path ?? '']: change }))[0] ?? [];
  return {
    path: pointer === '' ? 'the spec' : pointer,
    wrote: masked?.from ?? null,
    holds: masked?.to ?? null,
  };
}

/** What was otherwise, in the worker's words and by its pointer; that a spec was accepted both times says nothing. */
function aboutPath(text: string | null, path: string): string | null {
  const named = path === 'the spec' || text?.includes(path) === true;
  const parts = [text === 'accepted' ? null : text, named ? null : `at ${path}`];
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join(', ');
}
