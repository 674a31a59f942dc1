import { ExitCode, Failure } from '../failure.ts';
import { type CommandOptions, runCommand } from './command.ts';

/** The oldest Python that can install uv. The Python of an engine is chosen by uv afterwards. */
const oldest = [3, 8] as const;

const candidates = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const onWindows = ['python', 'python3', 'py'];

const question = `
import importlib.util, json, os, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(json.dumps([list(sys.version_info[:2]), has("venv"), has("ensurepip"), sys.executable, os.path.exists("/etc/debian_version")]))
`;

type Answer = readonly [
  version: readonly [number, number],
  venv: boolean,
  ensurepip: boolean,
  executable: string,
  debian: boolean,
];

/**
 * The machine's Python that can make a virtual environment with pip in it; the path of its executable. Throws a {@link Failure} (exit
 * code 3) that names what is missing: `no-python`, `python-too-old`, or `no-venv` with the package to install.
 */
export async function findPython(options: CommandOptions): Promise<string> {
  let nearest: Failure | null = null;
  for (const command of process.platform === 'win32' ? onWindows : candidates) {
    const asked = await runCommand(command, ['-c', question], options);
    if (!asked.ok) continue;
    const answer = JSON.parse(asked.stdout) as Answer; // printed by the question above
    const missing = whatIsMissing(answer);
    if (missing === null) return answer[3];
    nearest ??= missing;
  }
  throw nearest ?? noPython();
}

/** Why a Python can't be used to install uv, or null. */
export function whatIsMissing([version, venv, ensurepip, executable, debian]: Answer): Failure | null {
  const name = `python${version[0]}.${version[1]}`;
  if (version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1])) {
    return new Failure({
      code: 'python-too-old',
      text: `${executable} is Python ${version[0]}.${version[1]}; dstack needs Python 3.10 or newer.`,
      exitCode: ExitCode.cannotRun,
      hint: 'Install Python 3.11, the version that the official server image has, or install uv, which brings its own.',
    });
  }
  if (venv && ensurepip) return null;
  return new Failure({
    code: 'no-venv',
    text: `${executable} has no ${venv ? 'ensurepip' : 'venv'}, which is needed to install uv with it.`,
    exitCode: ExitCode.cannotRun,
    hint: debian
      ? `Install the package that has it: apt install ${name}-venv (or python3-venv). Or install uv.`
      : `Install your system's package that has it (such as python3-venv or ${name}-venv), or install uv.`,
  });
}

function noPython(): Failure {
  return new Failure({
    code: 'no-python',
    text: 'There is neither uv nor Python on this machine: nothing can run dstack.',
    exitCode: ExitCode.cannotRun,
    hint: 'Install Python 3.11, the version that the official server image has, or install uv, which brings its own.',
  });
}
