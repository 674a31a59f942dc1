import { restrictedEnvironment } from '../engine/policy-environment.ts';
import type { Configuration } from '../target/configuration.ts';

/** Who the caller is and where toolchains lie and keep what they have downloaded: without it `uv run` or `go run` would fetch all anew. */
const places = new Set([
  ...['HOME', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH', 'USER', 'USERNAME', 'LOGNAME'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)'],
  ...['VIRTUAL_ENV', 'CONDA_PREFIX', 'PYENV_ROOT', 'PYENV_VERSION', 'POETRY_HOME', 'POETRY_CACHE_DIR'],
  ...[
    'NODE_EXTRA_CA_CERTS',
    'NVM_DIR',
    'VOLTA_HOME',
    'COREPACK_HOME',
    'PNPM_HOME',
    'BUN_INSTALL',
    'DENO_DIR',
  ],
  ...['CARGO_HOME', 'CARGO_TARGET_DIR', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN', 'ASDF_DIR', 'ASDF_DATA_DIR'],
  ...[
    'JAVA_HOME',
    'GRADLE_USER_HOME',
    'DOTNET_ROOT',
    'DOTNET_CLI_HOME',
    'NUGET_PACKAGES',
    'GEM_HOME',
    'GEM_PATH',
  ],
]);

/** Settings of toolchains. Go's names have no underscore between `GO` and the rest, unlike `GOOGLE_…`. */
const settings = /^((XDG|UV|CGO|NPM_CONFIG|PIP|MISE)_.+|GO[A-Z0-9]+)$/;

/** What npm sets for the run of this tool itself, and what would make another `npm` or `npx` do the same. */
const ofThisRun = /^NPM_CONFIG_(PACKAGE|CALL|GLOBAL|WORKSPACES?|LOCAL_PREFIX)$/;

const credential = /TOKEN|PASSW|SECRET|CREDENTIAL|_AUTH|KEY(?!RING)/;

/**
 * The environment that a plugin service is started with: what policies see, but with the caller's home and the places and settings of
 * toolchains. Names that look like credentials are left out, unless `pass_env` names them. `server_env` comes last. Pure.
 */
export function serviceEnvironment(
  configuration: Pick<Configuration, 'passEnv' | 'serverEnv'>,
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  // What Python prints would come in blocks, long after the replay that it belongs to.
  const own = { PYTHONUNBUFFERED: '1' };
  return restrictedEnvironment(
    configuration,
    caller,
    own,
    (upper) =>
      (places.has(upper) || settings.test(upper)) && !ofThisRun.test(upper) && !credential.test(upper),
  );
}
