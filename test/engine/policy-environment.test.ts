import { expect, test } from 'vitest';
import { policyEnvironment } from '../../src/engine/policy-environment.ts';

const folders = { home: '/tmp/x/home', tmp: '/tmp/x/tmp' };
const none = { passEnv: [], serverEnv: {} };

test('policies see where programs are, the locale, proxies and certificates, and nothing else of the caller', () => {
  const env = policyEnvironment(
    none,
    {
      PATH: '/bin',
      LANG: 'C.UTF-8',
      LC_ALL: 'de_DE',
      TZ: 'UTC',
      https_proxy: 'http://proxy:1',
      SSL_CERT_FILE: '/ca',
      HOME: '/home/alice',
      AWS_SECRET_ACCESS_KEY: 'secret',
      VIRTUAL_ENV: '/venv',
      PYTHONPATH: '/elsewhere',
      UNSET: undefined,
    },
    folders,
  );
  expect(env).toEqual({
    PATH: '/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'de_DE',
    TZ: 'UTC',
    https_proxy: 'http://proxy:1',
    SSL_CERT_FILE: '/ca',
    NO_PROXY: 'localhost,127.0.0.1,::1',
    no_proxy: 'localhost,127.0.0.1,::1',
    HOME: folders.home,
    USERPROFILE: folders.home,
    TMPDIR: folders.tmp,
    TEMP: folders.tmp,
    TMP: folders.tmp,
  });
});

test('the caller’s exceptions from the proxy stay, loopback beside them', () => {
  const env = policyEnvironment(none, { no_proxy: 'internal.test, 127.0.0.1' }, folders);
  expect(env['NO_PROXY']).toBe('internal.test,127.0.0.1,localhost,::1');
});

test('what is passed on comes from the caller, and the configuration’s own values come last', () => {
  const configuration = {
    passEnv: ['COMPANY_CA', 'MISSING', 'BOTH'],
    serverEnv: { BOTH: 'configured', TZ: 'Asia/Tokyo' },
  };
  const env = policyEnvironment(configuration, { COMPANY_CA: '/ca', BOTH: 'caller', TZ: 'UTC' }, folders);
  expect(env).toMatchObject({ COMPANY_CA: '/ca', BOTH: 'configured', TZ: 'Asia/Tokyo' });
  expect(env).not.toHaveProperty('MISSING');
});
