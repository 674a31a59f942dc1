import type { ReplayAnswer, SampleAnswer } from '../engine/protocol.ts';
import { compareDumps } from './changes.ts';
import type { Actual, ExpectationFile, VersionCheck } from './expectation/expectation.ts';
import { ruleFor } from './expectation/expectation.ts';
import { expectedOf, verdictOf } from './expectation/match.ts';
import type { Mask } from './mask.ts';
import type { Change, ChangedValue, Context, Expected, Replay } from './model.ts';

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
  /** Whether the engine's version satisfies a specifier of an entry; see `entryFor`. */
  readonly holds?: VersionCheck;
}

/**
 * The worker's answer held against what is expected. The dumps are compared as they are; whatever is kept of them is masked.
 *
 * @throws Failure (exit code 2) where the expectation has no single entry for the context
 */
export function toReplay(answer: ReplayAnswer, circumstances: ReplayCircumstances): Replay {
  const { sample, builtin, kind, type, context, dstack, expectation, mask, holds } = circumstances;
  const actual = actualOf(answer, mask);
  const rule = builtin || expectation === null ? null : ruleFor(expectation, context, holds);
  return {
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
    changes: changeList(actual.changes),
    verdict: builtin ? null : verdictOf(actual, rule),
    expected: rule === null ? null : withoutSecrets(expectedOf(rule, actual), mask),
    findings: [],
    logs: mask.lines([...answer.printed, ...answer.logs, ...(answer.traceback?.trimEnd().split('\n') ?? [])]),
    milliseconds: answer.milliseconds,
  };
}

/** What came out, masked. `accepted` is `modified` where the dumps differ, and `unchanged` where they don't. */
function actualOf(answer: ReplayAnswer, mask: Mask): Actual {
  if (answer.outcome !== 'accepted') {
    const message = answer.message === null ? null : mask.text(answer.message);
    return { outcome: answer.outcome, message, changes: {} };
  }
  const changes = mask.changes(compareDumps(answer.before, answer.after));
  return {
    outcome: Object.keys(changes).length === 0 ? 'unchanged' : 'modified',
    message: null,
    changes,
  };
}

/** What people wrote into an expectation themselves may hold a secret, too. */
function withoutSecrets({ outcome, message, changes }: Expected, mask: Mask): Expected {
  return { outcome, message: message === null ? null : mask.text(message), changes: mask.changes(changes) };
}

function changeList(changes: Readonly<Record<string, ChangedValue>>): readonly Change[] {
  return Object.entries(changes).map(([path, change]) => ({ path, ...change, policy: null }));
}
