import { Failure } from '../failure.ts';

/** Where a plugin service is to be found. */
export interface Address {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
}

const placeholder = '{port}';

/** Whether a port is to be chosen for this URL. */
export function wantsPort(url: string): boolean {
  return url.includes(placeholder);
}

/** Puts the port in place of each `{port}`. */
export function withPort(text: string, port: number): string {
  return text.replaceAll(placeholder, String(port));
}

/**
 * The address that a URL names.
 *
 * @param url may hold `{port}`
 * @param port what takes the place of `{port}`
 * @throws Failure (exit 2) where it isn't the URL of an HTTP server
 */
export function addressOf(url: string, port: number): Address {
  const filled = withPort(url, port);
  const parsed = URL.canParse(filled) ? new URL(filled) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw invalid(url, "isn't an http:// URL");
  // dstack puts the path of an endpoint behind it.
  if (/[?#]/.test(filled)) throw invalid(url, 'has a query or a fragment, behind which no path can be put');
  const usual = parsed.protocol === 'https:' ? 443 : 80;
  return { url: filled.replace(/\/+$/, ''), port: parsed.port === '' ? usual : Number(parsed.port) };
}

/** The URL as it may be shown: without a name and password. */
export function shownUrl(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}

function invalid(url: string, what: string): Failure {
  return new Failure({
    code: 'invalid-rest-url',
    text: `The URL of the plugin service, ${JSON.stringify(shownUrl(url))}, ${what}.`,
    hint: 'For example: http://127.0.0.1:{port}, where {port} becomes a free port.',
  });
}
