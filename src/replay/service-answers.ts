import type { Exchange } from '../engine/protocol.ts';
import type { Mask } from './mask.ts';
import type { ServiceAnswer } from './model.ts';

/** The longest body that is kept, in UTF-16 code units; a spec is a tenth of it. */
const longestBody = 65_536;

/** What the plugin service answered, without secrets; an apply that was answered as the plan was is said once. */
export function serviceAnswers(exchanges: readonly Exchange[], mask: Mask): readonly ServiceAnswer[] {
  return exchanges
    .filter((exchange, index) => index === exchanges.findIndex((other) => sameAnswer(exchange, other)))
    .map(({ phase, url, method, status, headers, body, error, milliseconds }) => ({
      phase,
      url,
      method,
      status,
      headers: headers.map(([name, value]) => [name, mask.text(value)] as const),
      body: body === null ? null : cut(mask.text(body)),
      error: error === null ? null : mask.text(error.text),
      milliseconds,
    }));
}

function sameAnswer(one: Exchange, other: Exchange): boolean {
  return (
    one.url === other.url &&
    one.status === other.status &&
    one.body === other.body &&
    one.error?.kind === other.error?.kind
  );
}

function cut(body: string): string {
  return body.length <= longestBody ? body : `${body.slice(0, longestBody)}…`;
}
