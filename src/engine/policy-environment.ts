import type { Configuration } from '../target/configuration.ts';

/** What policies see of the caller's environment: where programs are, how text is written, and how the network is reached. */
const passed = new Set([
  ...['PATH', 'TZ', 'LANG', 'LANGUAGE'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'FTP_PROXY'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  // Windows: without these, Python can't open a socket or start a process.
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'NUMBER_OF_PROCESSORS'],
]);

const loopback = ['localhost', '127.0.0.1', '::1'];

/**
 * The environment that policies see: what they need of the caller's, a home and a place for temporary files of their own, then what
 * `pass_env` and, last, `server_env` add. Pure.
 *
 * @param folders the temporary home and TMPDIR, absolute
 */
export function policyEnvironment(
  configuration: Pick<Configuration, 'passEnv' | 'serverEnv'>,
  caller: Readonly<Record<string, string | undefined>>,
  folders: { readonly home: string; readonly tmp: string },
): Record<string, string> {
  const own = {
    ...{ HOME: folders.home, USERPROFILE: folders.home },
    ...{ TMPDIR: folders.tmp, TEMP: folders.tmp, TMP: folders.tmp },
  };
  return restrictedEnvironment(configuration, caller, own, () => false);
}

/**
 * What every program of a plugin sees of the caller's environment, and what the configuration adds to it. Pure.
 *
 * @param own what this tool sets, in place of the caller's
 * @param also whether to pass on another name of the caller's, given in upper case
 */
export function restrictedEnvironment(
  configuration: Pick<Configuration, 'passEnv' | 'serverEnv'>,
  caller: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
  also: (upper: string) => boolean,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    const upper = name.toUpperCase();
    if (value !== undefined && (passed.has(upper) || upper.startsWith('LC_') || also(upper)))
      env[name] = value;
  }
  // A plugin's own server, or one that a test starts, is never behind the proxy.
  const exceptions = [caller['NO_PROXY'] ?? caller['no_proxy'] ?? ''].flatMap((list) => list.split(','));
  const noProxy = [...new Set([...exceptions.map((name) => name.trim()), ...loopback])]
    .filter(Boolean)
    .join(',');
  Object.assign(env, { NO_PROXY: noProxy, no_proxy: noProxy }, own);
  for (const name of configuration.passEnv) {
    const value = caller[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...configuration.serverEnv };
}
