import { expect, test } from 'vitest';
import { serviceEnvironment } from '../../src/service/service-environment.ts';

const none = { passEnv: [], serverEnv: {} };

test('a service sees the home and the toolchains of the caller, and no credentials', () => {
  const kept = {
    PATH: '/bin',
    HOME: '/home/alice',
    XDG_CACHE_HOME: '/cache',
    UV_CACHE_DIR: '/uv',
    UV_KEYRING_PROVIDER: 'subprocess',
    GOPATH: '/go',
    GO111MODULE: 'on',
    CGO_ENABLED: '0',
    npm_config_cache: '/npm',
    NPM_CONFIG_REGISTRY: 'http://registry.test',
    NODE_EXTRA_CA_CERTS: '/ca',
    PIP_INDEX_URL: 'http://index.test',
    CARGO_HOME: '/cargo',
    LOCALAPPDATA: 'C:\\local',
  };
  const env = serviceEnvironment(none, {
    ...kept,
    UV_PUBLISH_TOKEN: 'x',
    UV_INDEX_PRIVATE_PASSWORD: 'x',
    'npm_config_//registry.test/:_authToken': 'x',
    npm_config__auth: 'x',
    GITHUB_TOKEN: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    GOOGLE_APPLICATION_CREDENTIALS: 'x',
    npm_config_package: 'create-dstack-plugin',
    PYTHONPATH: '/elsewhere',
    DSTACK_SERVER_ADMIN_TOKEN: 'x',
  });
  const noProxy = 'localhost,127.0.0.1,::1';
  expect(env).toEqual({ ...kept, NO_PROXY: noProxy, no_proxy: noProxy, PYTHONUNBUFFERED: '1' });
});

test('what is passed on by name is seen whatever it is called, and the configuration’s own values come last', () => {
  const configuration = { passEnv: ['UV_PUBLISH_TOKEN'], serverEnv: { HOME: '/srv', PYTHONUNBUFFERED: '' } };
  const env = serviceEnvironment(configuration, { UV_PUBLISH_TOKEN: 'x', HOME: '/home/alice' });
  expect(env).toMatchObject({ UV_PUBLISH_TOKEN: 'x', HOME: '/srv', PYTHONUNBUFFERED: '' });
});
