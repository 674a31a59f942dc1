import type { ReplayAnswer, SampleAnswer } from '../engine/protocol.ts';
import { blameFor, together } from './blame.ts';
import { type Chain, placeBelow, policyAt } from './chain.ts';
import { compareDumps } from './changes.ts';
import type { Actual, ExpectationFile, VersionCheck } from './expectation/expectation.ts';
import { entryFor } from './expectation/expectation.ts';
import { expectedOf, verdictOf } from './expectation/match.ts';
import { findingsOf } from './findings/findings.ts';
import type { Mask } from './mask.ts';
import type { Change, ChangedValue, Context, Expected, Kind, PolicyPlace, Replay } from './model.ts';
import { serviceAnswers } from './service-answers.ts';

/** What is known about a replay besides the worker's answer. */
export interface ReplayCircumstances {
  /** The sample's path, relative to the project's root, with `/`. */
  readonly sample: string;
  /** A built-in sample has no expectation, and so no verdict. */
  readonly builtin: boolean;
  readonly kind: SampleAnswer['kind'];
  readonly type: string;
  readonly context: Context;
  /** The engine's dstack version. */
  readonly dstack: string;
  readonly expectation: ExpectationFile | null;
  readonly mask: Mask;
  readonly chain: Chain;
  /** Whether the whole specs are kept. */
  readonly keepSpecs?: boolean;
  /** What the plugin service logged during the replay, where it can be told. */
  readonly serviceLog?: readonly string[];
  /** Whether the engine's version satisfies a specifier of an entry; see `entryFor`. */
  readonly holds?: VersionCheck;
}

/**
 * The worker's answer held against what is expected. The dumps are compared as they are; whatever is kept of them is masked.
 *
 * @throws Failure (exit code 2) where the expectation has no single entry for the context
 */
export function toReplay(answer: ReplayAnswer, circumstances: ReplayCircumstances): Replay {
  const { sample, builtin, kind, type, context, dstack, expectation, mask, chain, holds } = circumstances;
  const { exchanges = [] } = answer;
  const plain = answer.outcome === 'accepted' ? compareDumps(answer.before, answer.after) : {};
  const actual = actualOf(answer, plain, mask);
  const entry = builtin || expectation === null ? null : entryFor(expectation, context, holds);
  const rule = entry?.rule ?? null;
  const replay = {
    sample,
    builtin,
    kind,
    type,
    user: context.user,
    project: context.project,
    profile: context.profile,
    dstack,
    outcome: actual.outcome,
    message: actual.message,
    by: raisedBy(answer, chain, kind),
    changes: withPolicies(actual.changes, Object.keys(plain), answer, chain, kind),
    verdict: builtin ? null : verdictOf(actual, rule),
    expected: rule === null ? null : withoutSecrets(expectedOf(rule, actual), mask),
    ...(expectation === null || entry === null
      ? {}
      : { expectedAt: { file: expectation.path, line: entry.line } }),
    logs: mask.lines([
      ...answer.printed,
      ...answer.logs,
      ...(answer.traceback?.trimEnd().split('\n') ?? []),
      ...(circumstances.serviceLog ?? []),
    ]),
    milliseconds: answer.milliseconds,
    ...(circumstances.keepSpecs === true
      ? { specs: { before: mask.value(answer.before), after: mask.value(answer.after) } }
      : {}),
    ...(exchanges.length === 0 ? {} : { answers: serviceAnswers(exchanges, mask) }),
  };
  return { ...replay, findings: findingsOf(answer, replay, { chain, kind, mask }) };
}

/** What came out, masked. `accepted` is `modified` where the dumps differ, and `unchanged` where they don't. */
function actualOf(answer: ReplayAnswer, changes: Readonly<Record<string, ChangedValue>>, mask: Mask): Actual {
  if (answer.outcome !== 'accepted') {
    const message = answer.message === null ? null : mask.text(answer.message);
    return { outcome: answer.outcome, message, changes: {} };
  }
  return {
    outcome: Object.keys(changes).length === 0 ? 'unchanged' : 'modified',
    message: null,
    changes: mask.changes(changes),
  };
}

/** What people wrote into an expectation themselves may hold a secret, too. */
function withoutSecrets({ outcome, message, changes }: Expected, mask: Mask): Expected {
  const inWords = Object.values(changes).map((change) => change.inWords);
  const masked = Object.entries(mask.changes(changes)).map(([path, change], index) => [
    path,
    inWords[index] === true ? { ...change, inWords: true } : change,
  ]);
  return {
    outcome,
    message: message === null ? null : mask.text(message),
    changes: Object.fromEntries(masked),
  };
}

/** The policy that refused the spec or failed over it, as the worker names it. */
function raisedBy(
  { outcome, policy, steps = [] }: ReplayAnswer,
  chain: Chain,
  kind: Kind,
): PolicyPlace | null {
  if (policy !== null) return placeBelow(chain.root, policy);
  // What dstack refuses is what all that changed something made together.
  return outcome === 'invalid'
    ? together(steps.flatMap((step) => policyAt(chain, step.policy, kind) ?? []))
    : null;
}

/** @param pointers of the same changes, in the same order, before they were masked */
function withPolicies(
  changes: Readonly<Record<string, ChangedValue>>,
  pointers: readonly string[],
  { before, steps = [], facts = [] }: ReplayAnswer,
  chain: Chain,
  kind: Kind,
): readonly Change[] {
  // Where the policies one by one make something else than together, nothing that they did there says who did this.
  const differs = facts.some(({ code }) => code === 'walk-differs');
  const blame = differs ? () => null : blameFor(before, steps, chain, kind);
  return Object.entries(changes).map(([path, change], index) => ({
    path,
    ...change,
    policy: blame(pointers[index] ?? path),
  }));
}
