import * as http from 'node:http';
import * as https from 'node:https';

/** How long one request may take, in milliseconds; a service that is busy starting is asked again. */
const patience = 2000;

/**
 * Asks whether an HTTP server answers. Any answer counts: whether it is a good one is for the replays to see.
 *
 * @param url of the service, without a trailing slash; `/healthz`, which generated services have and don't log, is put behind it
 * @returns null where it answers, else what happens instead, to be read behind "it"
 */
export function ask(url: string, signal: AbortSignal): Promise<string | null> {
  const secure = url.startsWith('https:');
  const { Agent, get } = secure ? https : http;
  // An agent of its own: that of all requests uses a proxy where NODE_USE_ENV_PROXY is set.
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve) => {
    // Whom it trusts is dstack's client to say; here it is enough that it speaks.
    const options = { agent, timeout: patience, signal, ...(secure ? { rejectUnauthorized: false } : {}) };
    const request = get(`${url}/healthz`, options, (response) => {
      response.destroy();
      resolve(null);
    });
    request.once('timeout', () => {
      resolve('takes connections but gives no answer');
      request.destroy();
    });
    request.once('error', (error: NodeJS.ErrnoException) => resolve(wordsFor(error)));
  });
}

function wordsFor({ code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return "isn't listening there";
  if (code.startsWith('HPE_')) return "answers something there that isn't HTTP";
  if (code === 'ECONNRESET') return 'closes connections there without an answer';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return "can't be found, since the host's name isn't known";
  return `can't be asked there (${message || code})`;
}
