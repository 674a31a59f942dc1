import type { Kind } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import type { BadAnswer } from './answer.ts';
import { endpointOf } from './caller.ts';
import type { Exact } from './exact.ts';
import { writeExact } from './exact.ts';

/** What each finding about requests that nobody's samples make says: what a user of dstack would see, and how to mend it. */
export const sentences = {
  endpointMissing: (kind: Kind, does: string): string =>
    `${endpointOf(kind)} ${shortened(does)}, but dstack calls all four endpoints: whoever applies a ${kind} is refused. Answer {"spec": …} with the spec as it came, where no policy is about it.`,
  fellSilent: (kind: Kind, does: string): string =>
    `After malformed requests ${endpointOf(kind)} ${shortened(does)}: one client's mistake stops the service for everybody. Answer what can't be read with 422, and go on.`,
  forgets: (kind: Kind, pointer: string): string =>
    `${endpointOf(kind)} accepts a spec with a field that it doesn't know, ${printable(pointer)}, and answers without it. dstack takes the answer for the whole spec: what a newer dstack adds is lost, and its user isn't told. Pass on what no policy owns as it came, or refuse it.`,
  mangles: (kind: Kind, what: string, pointer: string, sent: Exact, got: Exact | undefined): string =>
    `${endpointOf(kind)} changes ${what} that no policy of it is about: ${printable(pointer)} was ${shown(sent)} and comes back as ${shown(got)}. The user gets what they didn't ask for. Pass on what no policy owns as it came.`,
  failsOver: (kind: Kind, what: string, { does }: BadAnswer): string =>
    `${endpointOf(kind)} ${shortened(does)} to a spec that dstack accepts, with ${what} in it. The user reads that the request to the plugin service failed, and not why. Answer with a spec, and an error where it is a rejection.`,
  failsOverGenerated: (kind: Kind, { does }: BadAnswer): string =>
    `${endpointOf(kind)} ${shortened(does)} to a spec that dstack accepts. ${seen(does)} Find out what in the request the service doesn't expect, and answer 200 with a spec, and an error where it is a rejection.`,
  refused: (kind: Kind, refusal: string): string =>
    `${endpointOf(kind)} makes of a spec that dstack accepts one that it refuses (${shortened(printable(refusal))}). The user reads that the plugin service returned an invalid response. Change only what a policy owns, to values that dstack takes.`,
  identity: (kind: Kind, pointer: string, sent: Exact, got: Exact | undefined): string =>
    `${endpointOf(kind)} turns ${printable(pointer)} from ${shown(sent)} into ${shown(got)}: the user gets something else than they asked for, and the next apply doesn't find it again. Leave names and types as they came.`,
  drops: (kind: Kind, pointer: string, sent: Exact): string =>
    `${endpointOf(kind)} answers without ${printable(pointer)}, which was ${shown(sent)}. dstack goes on with its default instead, and the user isn't told. Pass on what no policy owns as it came.`,
  differs: (kind: Kind): string =>
    `${endpointOf(kind)} answers the same request twice, and differently. dstack asks for the plan and once more to apply it: the user confirms one plan, and gets another. Decide by the request alone.`,
  notConcurrent: (wrong: number, all: number, how: string): string =>
    `Of ${all} requests, sent 16 at once, ${wrong} got another answer than alone: ${shortened(how)}. Users who apply at the same time get each other's results, or errors. Keep what belongs to a request out of variables that requests share, and serve several at once.`,
  failsOpen: (endpoints: readonly string[], forms: readonly string[]): string =>
    `A request that no policy can judge is accepted: ${forms.join(', ')} (by ${endpoints.join(', ')}). Whatever goes wrong between dstack and the service then lets everything through. Answer 422 with a reason, before any policy is asked.`,
  slow: (p95: number, requests: number): string =>
    `Of ${requests} requests, one by one, a twentieth took ${(p95 / 1000).toFixed(2)} s or more. A user waits that long twice, for the plan and to apply it, and after 8 s the apply fails.`,
  elsewhere: (others: readonly Kind[]): string =>
    others.length === 0 ? '' : ` It is the same at ${others.map(endpointOf).join(', ')}.`,
  repeat: (seed: number): string => `To repeat it: --contract --seed ${seed}.`,
} as const;

function seen(does: string): string {
  if (does.startsWith('takes no request'))
    return 'The user reads that dstack could not connect to the plugin service.';
  return /^answers (?:2|with)/.test(does)
    ? "The user is refused, in words that aren't the service's."
    : 'The user reads that the request to the plugin service failed, and not why.';
}

function shown(value: Exact | undefined): string {
  return value === undefined ? 'nothing' : shortened(writeExact(value));
}

/** A sentence is no place for more than this of anybody's words. */
const longest = 120;

function shortened(text: string): string {
  const safe = printable(text);
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe;
}
