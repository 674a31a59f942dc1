import { printable } from '../../terminal/printable.ts';
import type { Outcome } from '../model.ts';
import { because, quoted, shortened } from './quoting.ts';

/**
 * What each finding about an exchange with a plugin service says: what came over the wire, what the user of `dstack apply` makes of it (`seen`,
 * a sentence), and how to mend it.
 */
export const serviceSentences = {
  connectionFailed: (url: string, error: string, seen: string): string =>
    `There is no whole answer from ${url}${because(error)}. ${seen} See that the service listens there, for as long as the server runs, and ends every answer that it begins.`,
  overBudgetCut: (milliseconds: number, seen: string): string =>
    `dstack gave up on the plugin service after ${seconds(milliseconds)}. ${seen} An answer is due within 8 s, and sooner for whoever waits: do what is slow before it is asked for, and keep the result.`,
  overBudget: (milliseconds: number): string =>
    `The answer of the plugin service took ${seconds(milliseconds)} to its end. dstack takes it all the same, since it only limits the wait for each next piece to 8 s; the user of \`dstack apply\` waits that long twice, for the plan and to apply it. Answer at once, and in one piece.`,
  redirectedLost: (status: number, location: string | null, method: string, seen: string): string =>
    `The plugin service answers ${status} and sends dstack ${elsewhere(location)}. The request comes there as a ${printable(method)}, and the spec is lost. ${seen} Answer at the endpoint itself, or point DSTACK_PLUGIN_SERVICE_URI to where it is.`,
  redirectedKept: (status: number, location: string | null): string =>
    `The plugin service answers ${status} and sends dstack ${elsewhere(location)}, and dstack follows. Each apply makes twice as many requests, and a redirect that doesn't keep the body would lose the spec. Answer at the endpoint itself, or point DSTACK_PLUGIN_SERVICE_URI to where it is.`,
  reasonLost: (status: number, reason: string | null, endpoint: string, seen: string): string =>
    `The plugin service answers ${status}${reason === null ? '' : ` with the reason ${quoted(reason)}`}. ${seen} ${reason === null ? '' : 'The reason is lost. '}${mended(status, endpoint)}`,
  olderModels: (
    status: number,
    fields: readonly string[],
    reason: string | null,
    { unknown, dstack, seen }: ModelsApart,
  ): string =>
    `The plugin service answers ${status}, since it ${unknown ? "doesn't know" : 'takes for wrong'} what dstack ${printable(dstack)} sends as ${listed(fields)}${because(reason)}. ${seen} Its models are older than dstack ${printable(dstack)}, or stricter: build it with the models of the server's dstack, or let it pass on what it doesn't know. (\`--dstack\` changes the server's side alone, never the service.)`,
  notJson: (status: number, start: string, type: string | null, seen: string): string =>
    `The plugin service answers ${status} with ${start.trim() === '' ? 'an empty body' : `what is no JSON: ${quoted(start)}`}${type === null ? '' : ` (${printable(type)})`}. ${seen} Answer every request with a JSON object: \`spec\`, and \`error\` for a rejection.`,
  noObject: (what: string, seen: string): string =>
    `The plugin service answers ${what} instead of a JSON object. ${seen} Answer with \`{"spec": …}\`, and \`error\` beside it for a rejection.`,
  missingSpec: (has: 'no' | 'null', error: string | null, seen: string): string =>
    `The answer of the plugin service has ${has === 'no' ? 'no `spec`' : '`spec: null`'}${error === null ? '' : ` beside the error ${quoted(error)}`}. ${seen} ${error === null ? '' : 'The reason is lost. '}Answer with the spec every time; with an error, with the one that came.`,
  emptyError: (seen: string): string =>
    `The answer of the plugin service has an empty \`error\`, which dstack takes neither for a rejection nor for none. ${seen} Leave \`error\` out, or make it null, to accept; say why, to reject.`,
  refused,
  invalidAnswer: (reasons: readonly string[], seen: string): string =>
    `${refused(reasons, seen)} Change in the spec what dstack's own models have, to values that they take, and send all else back as it came.`,
  droppedFields: (fields: readonly string[], effect: string): string =>
    `The spec that the plugin service answers lacks ${listed(fields)}, which the request has. ${effect} A server that decodes into structures of its own, or with the models of an older dstack, forgets the fields that it doesn't know: change the spec as it came, and nothing else in it. To clear a field, make it null.`,
  wrongContentType: (type: string | null): string =>
    `The plugin service answers with JSON and ${type === null ? 'no Content-Type' : `the Content-Type ${printable(type)}`}. dstack takes it${type?.startsWith('text/') === true ? ', but reads text without a charset as ISO 8859-1: other letters than English ones come out wrong' : ', but has to guess how its letters are encoded'}. Send \`Content-Type: application/json\`.`,
} as const;

function refused(reasons: readonly string[], seen: string): string {
  const shown = some(
    reasons.map((reason) => shortened(printable(reason))),
    3,
  );
  return `dstack refuses the answer of the plugin service (${shown}). ${seen}`;
}

interface ModelsApart {
  readonly unknown: boolean;
  readonly dstack: string;
  readonly seen: string;
}

/** What the user of `dstack apply` makes of it, in the words of the replay. */
export function seenBy(outcome: Outcome, message: string | null): string {
  switch (outcome) {
    case 'rejected':
      return message === null || message.trim() === ''
        ? 'The user of `dstack apply` is refused without a word.'
        : `The user of \`dstack apply\` only reads ${quoted(message)}.`;
    case 'crashed':
    case 'invalid':
      return 'The server answers 500, and the user of `dstack apply` only reads of an unexpected server error.';
    case 'timed-out':
      return 'The user of `dstack apply` waits, and gets no answer.';
    case 'unchanged':
    case 'modified':
      return 'dstack takes it, and the user of `dstack apply` sees nothing of it.';
  }
}

/** The same where only the second request, to apply the plan, was answered so. */
export const seenAfterPlan =
  'That is the answer when the plan is applied, and not to the plan: the user of `dstack apply` confirms a plan that then fails.';

function mended(status: number, endpoint: string): string {
  const reject = 'To reject, answer 200 with the reason as `error` and the spec as it came.';
  if (status === 404 || status === 405) return `Does it serve POST ${printable(endpoint)}? ${reject}`;
  return status < 500 ? reject : `If it failed by mistake, its log has more. ${reject}`;
}

function elsewhere(location: string | null): string {
  return location === null ? 'elsewhere' : `to ${shortened(printable(location))}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function listed(pointers: readonly string[]): string {
  return some(
    pointers.map((pointer) => shortened(printable(pointer))),
    5,
  );
}

function some(all: readonly string[], most: number): string {
  const shown = all.slice(0, most).join(', ');
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
