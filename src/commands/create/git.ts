import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Author } from '../../scaffold/answers.ts';
import { checkAuthor, checkEmail } from '../../scaffold/texts.ts';
import type { Step } from './steps.ts';

/** What a run of git came to. */
interface GitRun {
  /** Null where there is no git. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** These tell git where its repository is, whatever folder it is started in: set in a hook, they are about another one. */
const aboutTheRepository = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
];

/** A hook may take a while; one that waits for somebody waits in vain. */
const patienceMilliseconds = 120_000;

function git(args: readonly string[], cwd: string): Promise<GitRun> {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  for (const name of aboutTheRepository) delete env[name];
  return new Promise((resolve) => {
    const options = { cwd, env, windowsHide: true, timeout: patienceMilliseconds };
    const child = execFile('git', [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code === 'ENOENT' ? null : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/**
 * The author that git's configuration names, as seen from a folder.
 *
 * @returns null where there is no git, or it knows no name that can be used
 */
export async function gitAuthor(cwd: string): Promise<Author | null> {
  const { stdout } = await git(['config', '--null', '--get-regexp', '^user\\.(name|email)$'], cwd);
  // The last one is the one that holds.
  const values = new Map(stdout.split('\0').map((entry) => split(entry)));
  const name = checkAuthor(values.get('user.name') ?? '');
  if (!name.ok) return null;
  const email = checkEmail(values.get('user.email') ?? '');
  return { name: name.value, email: email.ok ? email.value : null };
}

function split(entry: string): readonly [string, string] {
  const end = entry.indexOf('\n');
  return end < 0 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)];
}

/**
 * Makes a folder a repository of its own, with the project's files as its first commit: those alone, since what else is in the folder is
 * nobody's business here.
 *
 * @param paths the project's files, relative to the folder
 * @param message of the commit
 */
export async function startRepository(
  directory: string,
  paths: readonly string[],
  message: string,
): Promise<Step> {
  if (isInRepository(realpathSync(directory)))
    return { step: 'git', outcome: 'skipped', because: 'repository', details: null };
  const commands = [
    ['init', '--quiet'],
    // Literally, and whatever the user ignores everywhere: these files are the project.
    ['--literal-pathspecs', 'add', '--force', '--', ...paths],
    // A new repository has nothing to tidy up, which git would look for in another process.
    ['-c', 'maintenance.auto=false', 'commit', '--quiet', '--message', message],
  ];
  for (const command of commands) {
    const done = await git(command, directory);
    if (done.code === null) return { step: 'git', outcome: 'skipped', because: 'missing', details: null };
    if (done.code !== 0) return refused(done);
  }
  return { step: 'git', outcome: 'done', because: null, details: null };
}

/** Looked up and not asked of git: another process takes as long as all of the templates. */
function isInRepository(directory: string): boolean {
  const above = dirname(directory);
  return existsSync(join(directory, '.git')) || (above !== directory && isInRepository(above));
}

const mostLines = 12;

/** What git or a hook said, its end if it is long. */
function refused({ stdout, stderr }: GitRun): Step {
  const lines = `${stderr}\n${stdout}`.split('\n').filter((line) => line.trim() !== '');
  return { step: 'git', outcome: 'failed', because: null, details: lines.slice(-mostLines).join('\n') };
}
