import { Failure } from '../failure.ts';

/** How a plugin service is started and reached. */
export interface RestConfiguration {
  /** The words of the command that starts it, without a shell; null: it runs already. */
  readonly command: readonly string[] | null;
  /** Where it answers; `{port}` in it and in the command becomes a free port. */
  readonly url: string;
  /** Seconds that it may take to answer. */
  readonly startTimeout: number;
  /** Whether it answers requests that come at once as it answers each alone. */
  readonly concurrent: boolean;
}

/** The seconds that a plugin service may take to answer, unless the configuration says otherwise. */
export const defaultStartTimeout = 30;

/** What the command line says of a plugin service; null where a flag wasn't given. */
export interface RestFlags {
  readonly restUrl: string | null;
  /** Already split into words. */
  readonly restCommand: readonly string[] | null;
}

/** What keeps a URL from being a plugin service's, as the end of a sentence; null: nothing. */
export function urlProblem(url: string, started: boolean): string | null {
  if (url.includes('{port}') && !started) return 'but without a command that starts it {port} is no port';
  let parsed: URL;
  try {
    parsed = new URL(url.replaceAll('{port}', '1'));
  } catch {
    return "which isn't a URL such as http://127.0.0.1:8000";
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return "which isn't an HTTP URL";
  if (parsed.search !== '' || parsed.hash !== '')
    return 'but dstack puts the path of its endpoints behind it, so it can have no ? and no #';
  return null;
}

/**
 * The plugin service of a run: what the flags say, else the configuration. A URL alone is that of a server that runs already.
 *
 * @throws Failure (exit code 2) where the URL of the flag isn't one
 */
export function restOf(
  { restUrl, restCommand }: RestFlags,
  configured: RestConfiguration | null,
): RestConfiguration | null {
  if (restUrl === null && restCommand === null) return configured;
  const problem = restUrl === null ? null : urlProblem(restUrl, restCommand !== null);
  if (problem !== null)
    throw new Failure({
      code: 'wrong-usage',
      text: `--rest-url is "${restUrl}", ${problem}.`,
      hint: 'For example: --rest-url http://127.0.0.1:8000',
    });
  const { startTimeout, concurrent } = configured ?? { startTimeout: defaultStartTimeout, concurrent: false };
  if (restCommand === null) return { command: null, url: restUrl ?? '', startTimeout, concurrent };
  const url = restUrl ?? configured?.url ?? 'http://127.0.0.1:{port}';
  return { command: restCommand, url, startTimeout, concurrent };
}
