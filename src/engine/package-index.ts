/**
 * The environment that uv and Python are run with: the caller's, without what would lead them to another environment or another project,
 * and with pip's settings of the package index where uv has none of its own (uv doesn't read pip's).
 */
export function toolEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(caller).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !interfering.has(entry[0]),
  );
  const env = Object.fromEntries(kept);
  const uvHasIndex = ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_INDEX', 'UV_EXTRA_INDEX_URL'].some(
    (name) => env[name],
  );
  if (!uvHasIndex) {
    copy(env, 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX');
    copy(env, 'PIP_EXTRA_INDEX_URL', 'UV_INDEX');
  }
  copy(env, 'PIP_CERT', 'SSL_CERT_FILE');
  return env;
}

function copy(env: Record<string, string>, from: string, to: string): void {
  const value = env[from];
  if (value !== undefined && value !== '' && env[to] === undefined) env[to] = value;
}

const interfering = new Set([
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'CONDA_DEFAULT_ENV',
  'PYTHONHOME',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONPYCACHEPREFIX',
  'UV_PROJECT',
  'UV_PROJECT_ENVIRONMENT',
  'UV_WORKING_DIR',
  'UV_WORKING_DIRECTORY',
  'UV_PYTHON',
  'UV_SYSTEM_PYTHON',
  'UV_BREAK_SYSTEM_PACKAGES',
  'UV_VENV_SEED',
  'UV_VENV_CLEAR',
  'UV_NO_EDITABLE',
  'UV_REQUIRE_HASHES',
  'UV_DRY_RUN',
  'UV_ENV_FILE',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PIP_USER',
  'PIP_REQUIREMENT',
  'PIP_CONSTRAINT',
  'PIP_DRY_RUN',
  'PIP_NO_BINARY',
  'PIP_REQUIRE_VIRTUALENV',
]);
