import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openCache } from '../../src/engine/cache.ts';
import { findUv } from '../../src/engine/uv.ts';
import { keptFolder, testCache } from '../test-cache.ts';

const execute = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a command to its end; it may fail. `env` is added to the environment of the tests. */
export async function ran(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  try {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 27 };
    const { stdout, stderr } = await execute(file, [...args], options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, output: `${stdout}${stderr}` };
  }
}

/** uv, as the tool itself finds or installs it. */
export function uv(): Promise<string> {
  return findUv(openCache(testCache), () => {}, new AbortController().signal);
}

/**
 * A Python environment with a dstack version and what generated projects need besides it, kept for later runs.
 *
 * @returns its folder
 */
export function dstackEnvironment(version: string): Promise<string> {
  const development = ['pytest>=8.3', 'ruff>=0.11', 'types-PyYAML>=6.0'];
  const service = ['fastapi>=0.115', 'uvicorn>=0.34', 'httpx>=0.28'];
  return pythonEnvironment(version, [`dstack==${version}`, ...development, ...service]);
}

/**
 * A Python environment with some packages, kept under a name for later runs.
 *
 * @returns its folder
 */
export function pythonEnvironment(name: string, packages: readonly string[]): Promise<string> {
  return keptFolder(join('python', name), async (building) => {
    const command = await uv();
    await execute(command, ['venv', '--relocatable', '--python', '3.11', building]);
    await execute(command, ['pip', 'install', '--compile-bytecode', '--python', building, ...packages]);
  });
}
