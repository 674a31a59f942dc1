import { execFile } from 'node:child_process';
import type { Author } from '../../scaffold/answers.ts';
import { checkAuthor, checkEmail } from '../../scaffold/texts.ts';

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

function git(args: readonly string[], cwd: string): Promise<GitRun> {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  for (const name of aboutTheRepository) delete env[name];
  return new Promise((resolve) => {
    const child = execFile('git', [...args], { cwd, env, windowsHide: true }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
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
