import { homedir } from 'node:os';
import { ExitCode, Failure } from '../failure.ts';
import type { Language } from '../scaffold/answers.ts';
import { starterPolicies } from '../scaffold/catalogue.ts';
import { conflictFailure } from '../scaffold/conflicts.ts';
import { type Decision, decide } from '../scaffold/decide.ts';
import { obstacleAt } from '../scaffold/obstacle.ts';
import { allDecided } from '../scaffold/operations.ts';
import { plan } from '../scaffold/plan.ts';
import { settle } from '../scaffold/settle.ts';
import { loadTemplates } from '../scaffold/templates.ts';
import { carryOut } from '../scaffold/write.ts';
import { isOnPath } from '../service/on-path.ts';
import { broken } from '../terminal/broken.ts';
import { colours, wantsColour } from '../terminal/colour.ts';
import { failureText } from '../terminal/failure-text.ts';
import { somebodyIsThere } from '../terminal/interactive.ts';
import { type Prompts, promptOutput, terminalPrompts } from '../terminal/prompts.ts';
import { Interrupted } from '../terminal/signals.ts';
import { newestTestedDstack, toolVersion } from '../version.ts';
import { createdText, nextCommands } from './create/created.ts';
import { type CreateOptions, isPreview, onConflictOf } from './create/options.ts';
import type { Outcome } from './create/outcome.ts';
import { showPatch } from './create/show-patch.ts';
import { stepFailure, stepWarning } from './create/step-texts.ts';
import { installers, takeSteps } from './create/steps.ts';

/**
 * `create-dstack-plugin [directory]`: asks what isn't given, plans the project, holds the plan against the folder, carries it out, and says
 * what to do next; or, with `--dry-run` and `--diff`, shows what would be done.
 *
 * @throws Failure where a flag is wrong, something is in the way, or the file system refuses; with `--json` it is in the report as well
 */
export async function create(options: CreateOptions): Promise<ExitCode> {
  const prompts = options.yes || options.json || !somebodyIsThere() ? null : terminalPrompts;
  const outcome = await outcomeOf(options, prompts);
  process.stdout.write(await reportOf(outcome, options));
  const warning = stepWarning(outcome.steps);
  if (warning !== null) {
    process.stderr.write(failureText(warning, colours(wantsColour(process.stderr)), 'warning'));
  }
  if (outcome.failure !== null) throw outcome.failure;
  return ExitCode.done;
}

async function outcomeOf(options: CreateOptions, prompts: Prompts | null): Promise<Outcome> {
  let outcome: Outcome = { decision: null, operations: [], written: false, steps: [], failure: null };
  try {
    const onConflict = onConflictOf(options);
    const decision = await cancellable(() => decideHere(options, prompts));
    outcome = { ...outcome, decision };
    const files = plan(decision.answers, loadTemplates(decision.answers.kind, decision.answers.language));
    const settling = {
      onConflict,
      prompts: isPreview(options) ? null : prompts,
      show: showPatch,
    };
    const operations = await cancellable(() => settle(decision, files, settling));
    outcome = { ...outcome, operations };
    if (!allDecided(operations)) throw conflictFailure(operations, decision.shown);
    if (isPreview(options)) return outcome;
    await carryOut(decision.directory, operations, { shown: decision.shown });
    outcome = { ...outcome, written: true };
    const changed = operations.some(({ operation }) => operation !== 'skip' && operation !== 'keep');
    const wanted = { git: (options.git ?? true) && changed, install: decision.install };
    const steps = await takeSteps(decision, operations, wanted);
    return { ...outcome, steps, failure: stepFailure(decision, steps, options.git === true) };
  } catch (error) {
    if (error instanceof Failure) return { ...outcome, failure: error };
    throw error;
  }
}

async function reportOf(outcome: Outcome, options: CreateOptions): Promise<string> {
  const { decision, operations, failure } = outcome;
  // What only some runs need is loaded by them alone.
  if (options.json) {
    const { scaffoldJson } = await import('../scaffold/scaffold-json.ts');
    return scaffoldJson({
      tool: toolVersion,
      command: 'create',
      directory: decision?.directory ?? null,
      dryRun: isPreview(options),
      operations,
      diff: options.diff,
      written: outcome.written,
      steps: outcome.steps,
      byHand: [],
      next: outcome.written && decision !== null ? nextCommands(decision, outcome.steps) : [],
      error: failure,
      exitCode: failure?.exitCode ?? ExitCode.done,
    });
  }
  if (decision === null) return '';
  if (isPreview(options) && operations.length > 0) {
    const { diffText, dryRunText } = await import('./create/preview.ts');
    return options.diff ? diffText(operations) : dryRunText(decision, operations);
  }
  return outcome.written ? createdText(decision, operations, outcome.steps, columnsOf(process.stdout)) : '';
}

function columnsOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns ?? 80, 80) - 1;
}

function say(lines: readonly string[]): void {
  const output = promptOutput();
  const width = columnsOf(output);
  output.write(
    lines
      .flatMap((line) => broken(line, width))
      .join('\n')
      .concat('\n'),
  );
}

/** The command that installs a project's dependencies, or null where its tool isn't there. */
function installerHere(language: Language): string | null {
  const { command } = installers[language];
  return isOnPath(command[0], process.env) ? command.join(' ') : null;
}

function decideHere(options: CreateOptions, prompts: Prompts | null): Promise<Decision> {
  return decide(options, {
    prompts,
    say: (lines) => say(lines),
    policies: starterPolicies,
    workingDirectory: workingDirectory(),
    home: homedir(),
    dstack: newestTestedDstack,
    tool: toolVersion,
    author: async () => {
      const { gitAuthor } = await import('./create/git.ts');
      return gitAuthor(workingDirectory());
    },
    obstacle: obstacleAt,
    installer: installerHere,
  });
}

async function cancellable<Result>(asking: () => Promise<Result>): Promise<Result> {
  try {
    return await asking();
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted('Cancelled: nothing was written.');
    throw error;
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new Failure({
      code: 'no-working-directory',
      text: "The folder that this was started in isn't there any more.",
      hint: 'Change to another folder and try again.',
    });
  }
}
