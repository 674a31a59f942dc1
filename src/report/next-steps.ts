import type { Outcome, Replay, Verdict } from '../replay/model.ts';
import type { Report } from './report.ts';
import { isRecordable } from './words.ts';

/** What to do next: a sentence, and the command for it, word by word, where there is one. */
export interface NextStep {
  readonly text: string;
  readonly command: readonly string[] | null;
}

/** The outcomes that can't be right, as a sentence has them. */
const brokenWords: Readonly<Partial<Record<Outcome, string>>> = {
  crashed: 'a crash',
  invalid: 'an invalid spec',
  'timed-out': 'a timeout',
};

/** More samples than these aren't named in a command. */
const maxNamed = 3;

/** What a person can do about a report, the most urgent first; nothing where all passed. */
export function nextSteps({ replays, errors, findings, obsolete, failOn = 'error' }: Report): NextStep[] {
  const judged = (verdict: Verdict) => replays.filter((replay) => replay.verdict === verdict);
  const differing = judged('differs').filter(({ outcome }) => isRecordable(outcome));
  const broken = judged('differs').filter(({ outcome }) => !isRecordable(outcome));
  const fresh = judged('new');
  const pending = differing.length > 0 || fresh.length > 0;
  // Where several things wait for a decision, each command names its samples, so that one yes isn't taken for all.
  const only = differing.length > 0 && fresh.length > 0 ? named : () => [];
  const defects = [
    ...replays.filter(({ verdict }) => verdict !== 'differs').flatMap((replay) => replay.findings),
    ...findings,
  ].some(({ severity }) => failOn === 'warning' || (failOn === 'error' && severity === 'error'));
  const steps: (NextStep | false)[] = [
    errors.length > 0 && say('Mend what is marked as an error, then test again.'),
    broken.length > 0 &&
      say(
        `Failed: mend the policy; ${[...new Set(broken.map(({ outcome }) => brokenWords[outcome]))].join(' and ')} can't be recorded.`,
      ),
    defects &&
      say(
        `Mend the findings${failOn === 'error' ? ' marked as errors' : ''}: they fail the run, whatever is expected.`,
      ),
    differing.length > 0 &&
      say(
        'Failed: mend the policy or, if the new result is right, record it:',
        ...only(differing),
        '--update',
      ),
    fresh.length > 0 && say('New: if the result is right, record it:', ...only(fresh), '--update'),
    judged('updated').length > 0 && say('Updated: look at what was recorded before you commit it.'),
    obsolete.some(({ removed }) => !removed) &&
      (pending
        ? say('Obsolete: an update of all samples removes these expectations as well.')
        : say('Obsolete: remove these expectations, or let an update of all samples do it:', '--update')),
  ];
  return steps.filter((step) => step !== false);
}

function say(text: string, ...args: readonly string[]): NextStep {
  return { text, command: args.length === 0 ? null : ['npx', 'create-dstack-plugin', 'test', ...args] };
}

/** The samples as arguments, where they are few and need no quotes in any shell. */
function named(replays: readonly Replay[]): string[] {
  const samples = [...new Set(replays.map(({ sample }) => sample))];
  const plain = samples.every((sample) => /^[\w./][\w./-]*$/.test(sample));
  return plain && samples.length <= maxNamed ? samples : [];
}
