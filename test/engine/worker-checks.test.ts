import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type TestEngine, testEngine } from '../engine-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const worker = 'src/engine/worker';
const tests = 'test/engine/worker';
/** Not about what dstack does: they run on the newest and the oldest version alone. */
const same = ['ahead', 'lifetime', 'hostile_process', 'shares', 'reads', 'simple_yaml'].map(
  (name) => `--ignore=${tests}/test_${name}.py`,
);

let engine: TestEngine;
beforeAll(async () => {
  engine = await testEngine('0.22.5');
});

/** What a check says; empty where it is content. */
async function complaints(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', RUFF_NO_CACHE: 'true' };
  try {
    await promisify(execFile)(program, args, { cwd: root, env, maxBuffer: 1 << 24 });
    return '';
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    return `${stdout ?? ''}${stderr ?? ''}` || message;
  }
}

describe("the worker's Python", () => {
  const ruff = ['-m', 'ruff'];
  const config = ['--config', `${worker}/pyproject.toml`, worker, tests];

  test('has no lint', async () => {
    expect(await complaints(engine.python, [...ruff, 'check', '--quiet', ...config])).toBe('');
  });

  test('is formatted', async () => {
    expect(await complaints(engine.python, [...ruff, 'format', '--check', '--quiet', ...config])).toBe('');
  });

  test('is typed, strictly', async () => {
    const args = ['--no-install', 'pyright', '-p', worker, '--pythonpath', engine.python];
    expect(await complaints('npx', args)).toBe('');
  });

  // Before 0.20.29 the plugins can't be loaded without the server.
  test.each([
    ['0.22.5', [], [tests]],
    ['0.22.5', ['server'], [`${tests}/test_server_checks.py`]],
    ['0.21.0', [], [tests, ...same]],
    ['0.20.29', [], [tests, ...same]],
    ['0.20.0', ['server'], [tests]],
  ])(
    'does in dstack %s %j what its own tests say',
    {
      // Three hundred tests: two minutes and a half beside other slow files.
      timeout: 400_000,
    },
    async (version, extras, files) => {
      const { python } = await testEngine(version, extras);
      const results = `--junit-xml=.test-results/pytest-${[version, ...extras].join('-')}.xml`;
      const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--color=no', results, ...files];
      expect(await complaints(python, args)).toBe('');
    },
  );
});
