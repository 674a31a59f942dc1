import { randomBytes } from 'node:crypto';
import { accessSync, constants, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { type CommandOptions, runCommand } from './command.ts';
import { self, withLock } from './lock.ts';
import { findPython } from './machine-python.ts';
import { toolEnvironment } from './package-index.ts';
import release from './uv-hashes.json' with { type: 'json' };

/** The oldest uv that has everything this tool uses of it. */
const oldestUv = [0, 6, 0] as const;

/** The uv that is installed where there is none. */
export const pinnedUv: string = release.version;

/**
 * The path of a uv that can be used: the one on PATH if it is new enough, else a private one of a pinned version, which is installed on
 * first use from the package index with the machine's Python, held to its hashes.
 *
 * @param cache the cache folder, see `openCache`
 * @returns a command for `runCommand`
 * @throws Failure (exit code 3) where there is no Python to install it with, or the index can't be reached
 */
export async function findUv(
  cache: string,
  progress: (text: string) => void,
  signal: AbortSignal,
  caller: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const options = { cwd: cache, env: toolEnvironment(caller), signal };
  const version = await runCommand('uv', ['--version'], options);
  if (version.ok && isNewEnough(version.stdout)) return 'uv';
  const { folder, executable } = privateUv(cache);
  if (isExecutable(executable)) return executable;
  mkdirSync(join(cache, 'uv'), { recursive: true, mode: 0o700 });
  const waiting = (): void => progress(`Waiting for another run that installs uv ${pinnedUv}…`);
  await withLock(`${folder}.lock`, waiting, signal, async () => {
    if (isExecutable(executable)) return;
    const why = version.ok ? `the one on PATH is ${version.stdout.trim()}` : 'there is none on PATH';
    progress(`Installing uv ${pinnedUv} for this tool alone (${why})…`);
    await install(folder, executable, options);
  });
  return executable;
}

/** The executable of the private uv, if it is there; else null. */
export function keptUv(cache: string): string | null {
  const { executable } = privateUv(cache);
  return isExecutable(executable) ? executable : null;
}

function privateUv(cache: string): { readonly folder: string; readonly executable: string } {
  const folder = join(cache, 'uv', pinnedUv);
  return { folder, executable: join(folder, process.platform === 'win32' ? 'uv.exe' : 'uv') };
}

/** Reads what `uv --version` prints. */
export function isNewEnough(printed: string): boolean {
  const found = printed.match(/^uv (\d+)\.(\d+)\.(\d+)/);
  if (found === null) return false;
  const parts = found.slice(1).map(Number);
  for (const [index, needed] of oldestUv.entries()) {
    const part = parts[index] ?? 0;
    if (part !== needed) return part > needed;
  }
  return true;
}

async function install(folder: string, executable: string, options: CommandOptions): Promise<void> {
  const building = `${folder}.building-${self()}-${randomBytes(4).toString('hex')}`;
  const windows = process.platform === 'win32';
  const binary = windows ? 'uv.exe' : 'uv';
  try {
    mkdirSync(join(building, 'out'), { recursive: true, mode: 0o700 });
    const python = await findPython(options);
    const venv = await runCommand(python, ['-m', 'venv', join(building, 'venv')], options);
    if (!venv.ok) throw failed(`${python} -m venv fails.`, 'venv-failed', venv.output);
    const requirements = join(building, 'requirements.txt');
    writeFileSync(requirements, pinnedRequirement());
    const scripts = join(building, 'venv', windows ? 'Scripts' : 'bin');
    const pip = await runCommand(
      join(scripts, windows ? 'python.exe' : 'python'),
      [
        '-m',
        'pip',
        'install',
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--no-deps',
        '-r',
        requirements,
        ...quiet,
      ],
      options,
    );
    if (!pip.ok) {
      const reached =
        !/(failed to establish|connection (refused|reset)|cannot connect|name resolution|timed out)/i.test(
          pip.output,
        );
      const why = reached ? 'from the package index' : "since the package index can't be reached";
      throw failed(`uv ${pinnedUv} can't be installed ${why}.`, 'uv-not-installed', pip.output);
    }
    copyFileSync(join(scripts, binary), join(building, 'out', binary));
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(building, 'out'), folder);
  } finally {
    rmSync(building, { recursive: true, force: true, maxRetries: 3 });
  }
  if (!isExecutable(executable)) throw new Error(`${executable} isn't there after its installation`);
}

const quiet = ['--no-input', '--no-cache-dir', '--disable-pip-version-check', '--progress-bar', 'off'];

function pinnedRequirement(): string {
  return [`uv==${pinnedUv}`, ...release.sha256.map((hash) => `    --hash=sha256:${hash}`)]
    .join(' \\\n')
    .concat('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function failed(text: string, code: string, output: string): Failure {
  return new Failure({
    code,
    text,
    exitCode: ExitCode.cannotRun,
    hint: 'Check the network, the proxy and pip (PIP_INDEX_URL), or install uv yourself so that it is on PATH.',
    details: worthReading(output).slice(-12).join('\n'),
  });
}

/** The lines that say what is wrong: pip says of each try that there will be another. */
function worthReading(output: string): readonly string[] {
  return output
    .trimEnd()
    .split('\n')
    .filter((line) => !/^WARNING: Retrying|^Looking in links/.test(line));
}
