import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command.ts';

export interface LockedProject {
  readonly uv: string;
  /** The folder with the project's files, its `uv.lock` in it or above it. */
  readonly folder: string;
  /** The engine's Python. */
  readonly python: string;
  /** What is asked of dstack, as PEP 508 requirements. */
  readonly dstack: readonly string[];
  /** A folder for files of its own. */
  readonly building: string;
}

/**
 * The versions that a project's `uv.lock` holds, as constraints for an install; dstack and all that it depends on are left out, so that
 * another dstack than the locked one goes with them. uv itself says both: what the lock holds, and what a dstack depends on.
 *
 * @throws Failure (exit code 3) where uv can't read the lock
 */
export async function lockConstraints(
  { uv, folder, python, dstack, building }: LockedProject,
  options: CommandOptions,
): Promise<readonly string[]> {
  const quiet = ['--quiet', '--color', 'never', '--no-progress', '--no-header', '--no-annotate'];
  const wanted = join(building, 'dstack.in');
  writeFileSync(wanted, dstack.map((line) => `${line}\n`).join(''));
  const inFolder = { ...options, cwd: folder };
  const [exported, closure] = await Promise.all([
    runCommand(
      uv,
      ['export', ...quiet, '--frozen', '--no-hashes', '--no-dev', '--no-emit-workspace', '--python', python],
      inFolder,
    ),
    runCommand(uv, ['pip', 'compile', ...quiet, '--python', python, wanted], inFolder),
  ]);
  if (!exported.ok) throw unreadable(exported);
  // Where dstack itself can't be resolved, the install says so, and better.
  if (!closure.ok) return [];
  const aside = new Set(['dstack', ...closure.stdout.split(/\r?\n/).flatMap((line) => nameIn(line) ?? [])]);
  return exported.stdout.split(/\r?\n/).filter((line) => {
    const name = nameIn(line);
    return name !== null && !aside.has(name);
  });
}

/** The normalised name in a line of requirements; null where it is none, such as `-e ./lib`. */
function nameIn(line: string): string | null {
  const name = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(==|@)/.exec(line)?.[1];
  return name === undefined ? null : name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function unreadable({ output }: CommandResult): Failure {
  return new Failure({
    code: 'lock-unreadable',
    text: "The project's uv.lock can't be read, so its versions can't be installed.",
    exitCode: ExitCode.cannotRun,
    hint: 'Mend it with: uv lock',
    details: output.trim() || undefined,
  });
}
