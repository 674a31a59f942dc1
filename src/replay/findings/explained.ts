import type { Exchange } from '../../engine/protocol.ts';
import type { Finding, Replay } from '../model.ts';
import type { FindingCode } from './codes.ts';

/**
 * The codes of findings about an exchange that decide what comes of the replay: dstack's error follows from them, and is no finding of its own.
 */
const decisive: ReadonlySet<string> = new Set<FindingCode>([
  'connection-failed',
  'over-budget',
  'redirected',
  'reason-lost',
  'not-json',
  'missing-spec',
  'empty-error',
  'dropped-fields',
  'invalid-result',
]);

/** What follows from an answer that isn't as it has to be, and would only repeat it. */
const following: ReadonlySet<string> = new Set<FindingCode>([
  'accidental-rejection',
  'foreign-rejection',
  'silent-rejection',
  'poor-message',
  'crashed',
  'invalid-result',
  'breaks-offer',
]);

/**
 * A replay's findings without those that its exchanges explain.
 *
 * @param found what was found in the replay, besides its exchanges
 * @param ofExchanges what was found in them
 */
export function unexplained(
  found: readonly Finding[],
  ofExchanges: readonly Finding[],
  { outcome }: Pick<Replay, 'outcome'>,
  exchanges: readonly Exchange[],
): readonly Finding[] {
  const says = (code: FindingCode): boolean => ofExchanges.some((finding) => finding.code === code);
  const accepted = outcome === 'unchanged' || outcome === 'modified';
  const decided =
    !accepted && ofExchanges.some(({ code, severity }) => severity === 'error' && decisive.has(code));
  const waited = says('over-budget') || says('connection-failed');
  const alike = new Set(exchanges.map(manner)).size === 1;
  return found.filter(({ code }) => {
    if (code === 'slow') return !waited;
    if (code === 'plan-apply-differ') return !decided || !alike;
    return !decided || !following.has(code);
  });
}

/** In what way an exchange went, to tell a service that fails every time from one that fails now and then. */
function manner({ status, error, refused, body, redirects }: Exchange): string {
  return JSON.stringify([
    status,
    error?.kind,
    refused !== null && refused.length > 0,
    body === null,
    redirects.length,
  ]);
}
