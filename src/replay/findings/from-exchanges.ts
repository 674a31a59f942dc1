import type { Exchange, ReplayAnswer } from '../../engine/protocol.ts';
import { isMapping, ownValue } from '../equality.ts';
import type { Mask } from '../mask.ts';
import type { Finding, Json, JsonObject, Replay } from '../model.ts';
import { pointerOf, tokensOf } from '../pointer.ts';
import { bodyOf, isJsonType, jsonIn, mediaTypeOf } from './answer-body.ts';
import { droppedFields, missedFields } from './dropped.ts';
import { findingAt } from './finding.ts';
import { lostReason } from './lost-reason.ts';
import { seenAfterPlan, seenBy, serviceSentences } from './service-sentences.ts';

/**
 * The milliseconds that an answer may take in all. The contract has this number by itself: `rest_plugin` limits each read to as much, and so
 * lets through what takes longer in pieces. What dstack's client cuts off is found by its error, whatever its limit is.
 */
const budget = 8000;

/** What a replay's exchanges are judged with: the replay itself, which is masked already, and the mask. */
export interface ExchangeCircumstances {
  readonly replay: Pick<Replay, 'outcome' | 'message' | 'dstack'>;
  readonly mask: Mask;
}

/** What a plugin service did wrong in a replay, in the order in which it matters; in plan and apply alike, it is said once. */
export function findingsFromExchanges(
  answer: Pick<ReplayAnswer, 'exchanges' | 'after'>,
  about: ExchangeCircumstances,
): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const exchange of answer.exchanges ?? []) {
    // The replay's outcome and message are those of the plan.
    const { outcome, message } = about.replay;
    const seen = exchange.phase === 'plan' ? seenBy(outcome, message) : seenAfterPlan;
    for (const finding of judged(exchange, { ...about, after: answer.after, seen }))
      if (!found.has(finding.code)) found.set(finding.code, finding);
  }
  return [...found.values()];
}

interface Judging extends ExchangeCircumstances {
  readonly after: Json;
  /** What the user sees, as a sentence. */
  readonly seen: string;
}

function judged(exchange: Exchange, about: Judging): readonly Finding[] {
  const { mask, seen } = about;
  const { error, redirects, method, status } = exchange;
  const [redirect] = redirects;
  const location = redirect?.location == null ? null : mask.text(redirect.location);
  if (redirect !== undefined && method !== 'POST') {
    const sentence = serviceSentences.redirectedLost(redirect.status, location, method, seen);
    return [findingAt('redirected', sentence, null)];
  }
  const found: Finding[] = [];
  if (redirect !== undefined) {
    const sentence = serviceSentences.redirectedKept(redirect.status, location);
    // dstack's client gives up where it is sent round in circles.
    found.push(findingAt('redirected', sentence, null, error === null ? 'warning' : 'error'));
  }
  if (error !== null) found.push(withoutAnswer(exchange, error, about));
  else if (status !== null && status >= 400) found.push(reasonLost(exchange, status, about));
  else found.push(...fromBody(exchange, about));
  if (error === null && exchange.milliseconds > budget)
    found.push(findingAt('over-budget', serviceSentences.overBudget(exchange.milliseconds), null));
  return found;
}

function withoutAnswer(
  { url, milliseconds, status }: Exchange,
  { kind, text }: NonNullable<Exchange['error']>,
  { mask, seen }: Judging,
): Finding {
  // A service that can't even be reached within the time is another matter than one that is slow.
  const reached = status !== null || !/connect timeout/i.test(text);
  return kind === 'timeout' && reached
    ? findingAt('over-budget', serviceSentences.overBudgetCut(milliseconds, seen), null)
    : findingAt(
        'connection-failed',
        serviceSentences.connectionFailed(mask.text(url), mask.text(text), seen),
        null,
      );
}

function reasonLost(exchange: Exchange, status: number, { mask, seen, replay }: Judging): Finding {
  const { text, unknown, wrong } = lostReason(bodyOf(exchange), specOf(exchange));
  const reason = text === null ? null : mask.text(text);
  const fields = masked(unknown.length > 0 ? unknown : wrong, mask);
  const endpoint = mask.text(pathOf(exchange.url));
  const sentence =
    fields.length > 0 && (status === 400 || status === 422)
      ? serviceSentences.olderModels(status, fields, reason, {
          unknown: unknown.length > 0,
          dstack: replay.dstack,
          seen,
        })
      : serviceSentences.reasonLost(status, reason, endpoint, seen);
  return findingAt('reason-lost', sentence, null);
}

function fromBody(exchange: Exchange, about: Judging): readonly Finding[] {
  const { mask, seen } = about;
  const body = bodyOf(exchange);
  const type = mediaTypeOf(exchange);
  switch (body.is) {
    case 'cut':
      return [];
    case 'text': {
      const sentence = serviceSentences.notJson(exchange.status ?? 200, mask.text(body.text), type, seen);
      return [findingAt('not-json', sentence, null)];
    }
    case 'json': {
      const found = isMapping(body.value)
        ? fromAnswer(exchange, body.value, about)
        : [findingAt('missing-spec', serviceSentences.noObject(kindOf(body.value), seen), null)];
      if (isJsonType(type)) return found;
      const shown = type === null ? null : mask.text(type);
      return [...found, findingAt('wrong-content-type', serviceSentences.wrongContentType(shown), null)];
    }
  }
}

function fromAnswer(
  exchange: Exchange,
  answer: JsonObject,
  { mask, seen, after }: Judging,
): readonly Finding[] {
  const spec = ownValue(answer, 'spec');
  const error = ownValue(answer, 'error') ?? null;
  const refused = exchange.refused ?? [];
  const found: Finding[] = [];
  if (error === '') found.push(findingAt('empty-error', serviceSentences.emptyError(seen), null));
  if (spec === undefined || spec === null) {
    const reason = typeof error === 'string' && error !== '' ? mask.text(error) : null;
    const sentence = serviceSentences.missingSpec(spec === null ? 'null' : 'no', reason, seen);
    return [...found, findingAt('missing-spec', sentence, null)];
  }
  const sent = specOf(exchange);
  if (refused.length > 0) {
    const reasons = refused.map((reason) => mask.text(reason));
    const missed = masked(missedFields(sent, spec, refused), mask);
    if (missed.length > 0) {
      const sentence = serviceSentences.droppedFields(missed, serviceSentences.refused(reasons, seen));
      found.push(findingAt('dropped-fields', sentence, null));
    }
    if (found.length === 0)
      found.push(findingAt('invalid-result', serviceSentences.invalidAnswer(reasons, seen), null));
    return found;
  }
  // Of a rejection there is no spec afterwards, and so nothing is missing in it.
  const dropped = masked(droppedFields(sent, spec, after), mask);
  const effect =
    'dstack fills in its defaults, so the user of `dstack apply` gets something else than they asked for.';
  if (dropped.length > 0)
    found.push(findingAt('dropped-fields', serviceSentences.droppedFields(dropped, effect), null));
  return found;
}

/** The spec as it was sent; null where it was too long to be kept. */
function specOf({ request }: Exchange): Json {
  const sent = jsonIn(request);
  return isMapping(sent) ? (ownValue(sent, 'spec') ?? null) : null;
}

function masked(pointers: readonly string[], mask: Mask): readonly string[] {
  return pointers.map((pointer) => pointerOf(tokensOf(pointer).map(mask.text)));
}

function kindOf(value: Json): string {
  if (value === null) return '`null`';
  if (typeof value === 'object') return 'a list';
  return `a ${typeof value}`;
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}
