import type { Language } from '../../scaffold/answers.ts';
import type { Decision } from '../../scaffold/decide.ts';
import type { Operation } from '../../scaffold/operations.ts';

/** What came after the files. */
export interface Step {
  readonly step: 'install' | 'git';
  readonly outcome: 'done' | 'skipped' | 'failed';
  /** Why it was skipped: nobody wanted it, there is no such tool, or the folder is in a repository already. */
  readonly because: 'unwanted' | 'missing' | 'repository' | null;
  /** Why it failed, in the words of the tool. */
  readonly details: string | null;
}

/** What installs a project's dependencies, and what that leaves behind to be committed. */
export interface Installer {
  readonly command: readonly [string, ...string[]];
  readonly lockFile: string | null;
  readonly home: string;
}

export const installers: Readonly<Record<Language, Installer>> = {
  python: { command: ['uv', 'sync'], lockFile: 'uv.lock', home: 'https://docs.astral.sh/uv/' },
  typescript: { command: ['npm', 'install'], lockFile: 'package-lock.json', home: 'https://nodejs.org/' },
  go: { command: ['go', 'mod', 'download'], lockFile: null, home: 'https://go.dev/dl/' },
};

/** What is wanted beside the files. */
export interface Wanted {
  readonly git: boolean;
  readonly install: boolean;
}

/**
 * Does what comes after the files: installs, then makes the first commit. What fails leaves the files as they are.
 *
 * @param operations what was carried out
 */
export async function takeSteps(
  { directory, answers }: Decision,
  operations: readonly Operation[],
  wanted: Wanted,
): Promise<readonly Step[]> {
  const steps = [await installStep(directory, installers[answers.language], wanted)];
  if (!wanted.git) return [...steps, unwanted('git')];
  const { startRepository } = await import('./git.ts');
  const files = operations.filter(({ operation }) => operation !== 'keep' && operation !== 'new');
  const { lockFile } = installers[answers.language];
  const paths = files.map(({ file }) => file.path);
  const locked = steps[0]?.outcome === 'done' && lockFile !== null ? [lockFile] : [];
  const message = `feat: start from create-dstack-plugin ${answers.tool}`;
  return [...steps, await startRepository(directory, [...paths, ...locked], message)];
}

async function installStep(directory: string, installer: Installer, wanted: Wanted): Promise<Step> {
  if (!wanted.install) return unwanted('install');
  const { install } = await import('./install.ts');
  return install(directory, installer);
}

function unwanted(step: Step['step']): Step {
  return { step, outcome: 'skipped', because: 'unwanted', details: null };
}
