/** What of dstack's own settings a server may keep: what policies read, and the limits of its checks. */
const kept = /^DSTACK_(PLUGIN_|SERVER_(MAX_|METRICS_|GATEWAY_MAX_))/;

/**
 * The environment of a server that is started for a replay: what policies see, without whatever of dstack's own settings could lead it to a
 * real database, bucket or log store. Pure.
 *
 * @param policies the environment that policies see
 * @param token the administrator's
 */
export function serverEnvironment(
  policies: Readonly<Record<string, string>>,
  token: string,
): Record<string, string> {
  const env = Object.entries(policies).filter(([name]) => !name.startsWith('DSTACK_') || kept.test(name));
  return {
    ...Object.fromEntries(env),
    DSTACK_SERVER_ADMIN_TOKEN: token,
    // One line a record, without a frame around it.
    DSTACK_SERVER_LOG_FORMAT: 'standard',
    DSTACK_SERVER_LOG_LEVEL: 'INFO',
    // It would look for machines to start, and for the prices of clouds.
    DSTACK_SERVER_BACKGROUND_PROCESSING_DISABLED: '1',
    DSTACK_DEFAULT_CREDS_DISABLED: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
  };
}
