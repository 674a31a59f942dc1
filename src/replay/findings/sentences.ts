import { printable } from '../../terminal/printable.ts';
import type { ChangedValue, Json } from '../model.ts';
import { because, named, quoted, value } from './quoting.ts';

/**
 * What each finding says: what a user of the server would see, and why. All in one place, so that they speak alike. `who` is a policy as
 * `module.Class`; null where it isn't known.
 */
export const sentences = {
  returnsNothing: (who: string | null, returned: string | null, then: string): string =>
    `${named(who)} returns ${returned === null || returned === 'NoneType' ? 'None' : returned} instead of the spec that it was given. ${then}`,
  crashed: (who: string | null, exception: string | null): string =>
    who === null
      ? `The server fails over what the policies made of the spec${because(exception)}. It answers 500, and the user only reads of an unexpected server error.`
      : `${named(who)} raises what dstack doesn't take for a rejection${because(exception)}. The server answers 500, and the user only reads of an unexpected server error.`,
  accidentalRejection: (who: string | null, exception: string | null, message: string | null): string =>
    `${named(who)} fails over a mistake of its own${because(exception)}, and dstack takes that for a rejection: the user is refused ${message === null ? 'without a message' : `with ${quoted(message)}`}, for nothing that they did.`,
  foreignRejection: (who: string | null, exception: string | null): string =>
    `The rejection comes out of a library that ${named(who, 'the policy')} calls${because(exception)}. It may be a mistake that looks like a rejection; the user reads words that aren't the policy's.`,
  invalidResult: (who: string | null, refusal: string | null): string =>
    `dstack refuses the spec that ${named(who, 'the policies')} made${because(refusal)}. The user gets an error over a spec that they didn't write: of an unexpected server error (500) where dstack can't parse it, or in these words where the server's own checks refuse it.`,
  planApplyDiffer: (who: string | null, what: string | null): string =>
    `Called again from the same spec, ${named(who, 'the policies')} made something else${because(what)}. The server calls policies for the plan and once more to apply it: the user confirms one plan, and gets another.`,
  orderDependent: (who: string | null, what: string | null): string =>
    `With the samples in another order, ${named(who, 'the policies')} made something else${because(what)}: what one request did is remembered, and users get results that depend on who came before them.`,
  timedOut: (who: string | null, message: string | null): string =>
    `${named(who, 'A policy')} gave no answer${because(message)}. The user waits, and so does everybody whose request the server would handle meanwhile.`,
  exited: (who: string | null, how: string | null): string =>
    `${named(who, 'A policy')} ends the process that it runs in${because(how)}. On a server that is the server: it stops for everybody.`,
  outOfMemory: (who: string | null, limit: string | null): string =>
    `${named(who, 'A policy')} asks for more memory than a replay may have${because(limit)}. On a server the system would end it, for everybody.`,
  identityChanged: (who: string | null, what: string, from: Json, to: Json): string =>
    `${named(who)} turns ${what} ${value(from)} into ${value(to)}: the user gets something else than they asked for, and the next apply doesn't find it again.`,
  serverDisagrees: (
    version: string,
    replay: string,
    server: string,
    changes: Readonly<Record<string, ChangedValue>>,
  ): string =>
    replay === server
      ? `A real dstack server ${version} makes another spec of it: ${differences(changes)}. What this run says of the sample isn't what its users would get.`
      : `A real dstack server ${version} ${server}, and the replay ${replay}. What this run says of the sample isn't what its users would get.`,
  silentRejection: (who: string | null): string =>
    `${named(who)} rejects without a message. The user sees that the request failed, and not why.`,
  poorMessage: (who: string | null, why: string): string =>
    `The message of ${named(who, 'the policy')}'s rejection ${why}. It is all that the user sees, and it doesn't tell them what to do.`,
  lostWrite: (who: string | null, path: string, wrote: Json, holds: Json): string =>
    `${named(who)} writes ${value(wrote)} to ${printable(path)}, but the effective spec holds ${value(holds)}: the write has no effect, and the user isn't held to it.`,
  unvalidatedValue: (who: string | null, path: string, wrote: Json, holds: Json): string =>
    `${named(who)} writes ${value(wrote)} to ${printable(path)}, which isn't checked when it is assigned. dstack parses the spec again and makes it ${value(holds)}; policies after this one see what was written.`,
  unparsedValue: (who: string | null, path: string, wrote: Json, kind: string): string =>
    `${named(who)} writes ${value(wrote)} to ${printable(path)}, which isn't checked when it is assigned, and dstack doesn't parse a ${kind} again after the policies: the server goes on with a value that it would refuse or read otherwise from a user.`,
  chainOrder: (first: string | null, second: string | null, path: string, what: string | null): string =>
    `${named(first)} and ${named(second, 'another policy')} both write ${printable(path)}, and the result depends on which is called first${because(what)}. Plugins are called in the order in which Python finds them, which an install can change.`,
  blocksUpdate: (who: string | null, refusal: string | null): string =>
    `A service that runs since before this plugin was enabled can't be updated in place any more: with what ${named(who, 'the policies')} changed, dstack answers${refusal === null ? ' with a refusal' : ` ${quoted(refusal)}`}. \`dstack apply\` then offers to stop the run, and \`dstack apply -y\` stops it without asking.`,
  altersProcess: (who: string | null, what: string | null): string =>
    `${named(who, 'A policy')} changes the process that it runs in, and leaves it so${because(what)}. On a server that is the server: other requests, and other plugins, see it as well.`,
  prints: (line: string): string =>
    `A policy writes to standard output, such as ${quoted(line)}. The server's users never see it, and among the server's logs it has no level, time or name: use logging.`,
  slow: (milliseconds: number): string =>
    `The policies took ${(milliseconds / 1000).toFixed(1)} s. A user waits that long twice, for the plan and to apply it.`,
  breaksOfferRejected: (who: string | null, message: string | null): string =>
    `${named(who)} rejects the dummy task that \`dstack offer\` sends: the command fails for everybody, with ${message === null || message.trim() === '' ? 'no message' : quoted(message)}.`,
  breaksOfferFailed: (who: string | null, message: string | null): string =>
    `${named(who, 'A policy')} fails over the dummy task that \`dstack offer\` sends${because(message)}: the command ends in a server error for everybody.`,
  hookNeverReached: (who: string, hook: string): string =>
    `No sample reaches ${who}.${hook}: whatever is wrong with it, this run can't see it. Add a sample of that kind.`,
  neverActs: (who: string): string =>
    `No sample makes ${who} change or reject anything, so it would pass if it did nothing. Add a sample that it has to act on.`,
  alwaysActs: (who: string): string =>
    `${who} acts on every sample that reaches it, so nothing shows what it lets through. Add a sample that it leaves alone.`,
  obsoleteEntry: (
    contexts: readonly string[],
    dstack: string,
    versions: readonly string[],
    removed: boolean,
  ): string => {
    const why = `${contexts.join(', ')} on dstack ${dstack}, and this run is on ${versions.join(', ')}`;
    return removed
      ? `An obsolete entry was removed: it was for ${why}.`
      : `This entry is for ${why}: nothing is held against it.`;
  },
  unusedIgnore: (code: string, samples: readonly string[]): string =>
    `The ignored finding ${code} occurs in no sample${samples.includes('*') ? '' : ` of ${samples.map((each) => printable(each)).join(', ')}`} any more: take it out of dstack-plugin.yml, or it will hide the next one.`,
} as const;

/** What comes after a policy that gave no spec back, for the user. */
export function afterNothing(outcome: string, message: string | null): string {
  if (outcome === 'rejected') {
    return `What comes next refuses that, and the user is told ${message === null ? 'nothing' : quoted(message)}, for nothing that they did.`;
  }
  return outcome === 'accepted'
    ? 'A policy after it made up for that, and what was done before is lost.'
    : 'The server answers 500, and the user only reads of an unexpected server error.';
}

/** The first few of what differs between the replay's spec (`from`) and the server's (`to`). */
function differences(changes: Readonly<Record<string, ChangedValue>>): string {
  const all = Object.entries(changes);
  const shown = all
    .slice(0, 5)
    .map(
      ([pointer, { from = null, to = null }]) =>
        `${printable(pointer)} is ${value(to)} there and ${value(from)} here`,
    );
  return [...shown, ...(all.length > 5 ? [`and ${all.length - 5} more`] : [])].join('; ');
}
