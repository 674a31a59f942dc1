import { ExitCode, Failure } from '../../failure.ts';
import type { Decision } from '../../scaffold/decide.ts';
import { installers, type Step } from './steps.ts';
import { placeText } from './words.ts';

/** The failure of what somebody asked for and didn't get, or null. The files are there, so it says how to go on. */
export function stepFailure(
  decision: Decision,
  steps: readonly Step[],
  gitAskedFor: boolean,
): Failure | null {
  for (const { step, outcome, because, details } of steps) {
    if (step === 'install' && outcome === 'failed') return installFailure(decision, because, details);
    if (step === 'git' && because === 'missing' && gitAskedFor) {
      return new Failure({
        code: 'missing-tool',
        exitCode: ExitCode.cannotRun,
        text: `There is no git, so ${placeText(decision)} is no repository. Its files are written.`,
        hint: 'Install Git: https://git-scm.com/',
      });
    }
  }
  return null;
}

function installFailure(decision: Decision, because: Step['because'], details: string | null): Failure {
  const { command, home } = installers[decision.answers.language];
  const line = command.join(' ');
  return new Failure({
    code: because === 'missing' ? 'missing-tool' : 'install-failed',
    exitCode: ExitCode.cannotRun,
    text:
      because === 'missing'
        ? `There is no ${command[0]}, so nothing was installed. The files are written.`
        : `\`${line}\` failed. The files are written.`,
    details: details ?? undefined,
    hint: because === 'missing' ? `Get it from ${home}, then: ${line}` : `Mend this, then: ${line}`,
  });
}

/** What went wrong without being a failure: a first commit that git or a hook refused. */
export function stepWarning(steps: readonly Step[]): Failure | null {
  const git = steps.find(({ step, outcome }) => step === 'git' && outcome === 'failed');
  if (git === undefined) return null;
  return new Failure({
    code: 'no-commit',
    text: 'Git refused the first commit.',
    details: git.details ?? undefined,
    hint: 'The files are written and staged: mend this, then git commit',
  });
}
