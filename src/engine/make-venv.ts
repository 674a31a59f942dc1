import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { type CommandOptions, runCommand } from './command.ts';

export interface VenvRequest {
  readonly uv: string;
  readonly folder: string;
  /** The Python that was asked for, or null. */
  readonly python: string | null;
  /** PEP 440 specifiers of the project, or null. */
  readonly requiresPython: string | null;
}

/** The official server image has 3.11; where the machine or the project has none, the nearest to it that dstack may run on. */
const preferred = ['==3.11.*', '==3.12.*', '==3.13.*', '==3.10.*', '>=3.10'];

/**
 * Makes a virtual environment that survives being renamed, and returns the full version of its Python. A Python that was asked for may be
 * downloaded by uv; otherwise only one that the machine has is taken. Throws a {@link Failure} `no-python` (exit code 3).
 */
export async function makeVenv(request: VenvRequest, options: CommandOptions): Promise<string> {
  const { uv, folder, python, requiresPython } = request;
  const common = ['venv', '--no-project', '--relocatable', '--color', 'never', '--no-progress'];
  const said: string[] = [];
  const tries =
    python === null
      ? preferred.map((wish) => [
          '--no-python-downloads',
          '--python',
          [wish, requiresPython ?? []].flat().join(','),
        ])
      : [['--python', python]];
  for (const choice of tries) {
    const made = await runCommand(uv, [...common, ...choice, folder], options);
    if (made.ok) return versionIn(folder);
    said.push(made.output.trim());
  }
  throw new Failure({
    code: 'no-python',
    text:
      python === null
        ? `This machine has no Python from 3.10 on${requiresPython === null ? '' : ` that the project allows (${requiresPython})`}.`
        : `There is no Python ${python} to be had.`,
    exitCode: ExitCode.cannotRun,
    hint: 'Install one, or name one with --python or `python:` in dstack-plugin.yml (uv downloads it).',
    details: said.at(-1),
  });
}

/** The executable of an environment's Python. */
export function pythonOf(environment: string): string {
  return process.platform === 'win32'
    ? join(environment, 'Scripts', 'python.exe')
    : join(environment, 'bin', 'python');
}

function versionIn(folder: string): string {
  const text = readFileSync(join(folder, 'pyvenv.cfg'), 'utf8');
  const version = text.match(/^version(?:_info)?\s*=\s*([\d.]+)/m)?.[1];
  if (version === undefined) throw new Error(`${folder}/pyvenv.cfg names no version`);
  return version;
}
