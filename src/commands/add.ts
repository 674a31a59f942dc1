import { ExitCode, Failure } from '../failure.ts';
import type { Addition } from '../scaffold/add/addition.ts';
import { findProject } from '../scaffold/add/find-project.ts';
import { copiesSamples, planAddition, type Request } from '../scaffold/add/plan-addition.ts';
import type { Project } from '../scaffold/add/project.ts';
import { samplesOf } from '../scaffold/add/project-samples.ts';
import { conflictFailure } from '../scaffold/conflicts.ts';
import { allDecided, type Operation } from '../scaffold/operations.ts';
import type { PartName } from '../scaffold/parts.ts';
import { settle } from '../scaffold/settle.ts';
import { loadTemplates } from '../scaffold/templates.ts';
import { carryOut } from '../scaffold/write.ts';
import { somebodyIsThere } from '../terminal/interactive.ts';
import { type Prompts, terminalPrompts } from '../terminal/prompts.ts';
import { Interrupted } from '../terminal/signals.ts';
import { newestTestedDstack, toolVersion } from '../version.ts';
import { addedText, byHandText, nextCommands } from './add/added.ts';
import type { AddOptions } from './add/options.ts';
import { fileRequest, partNamed, policyRequest, refuseStrayOptions } from './add/request.ts';
import { onConflictOf } from './create/options.ts';
import { showPatch } from './create/show-patch.ts';

/** How far a run came, and what it did. */
interface Outcome {
  readonly project: Project | null;
  /** In words: `the policy max-price`; null: nothing was chosen. */
  readonly what: string | null;
  readonly addition: Addition;
  readonly operations: readonly Operation[];
  readonly written: boolean;
  readonly failure: Failure | null;
}

/**
 * `create-dstack-plugin add <what>`: finds the project, plans what is added to it, holds the plan against the folder, and carries it out.
 * Nothing of the plugin is run.
 *
 * @throws Failure where a word is wrong, something is in the way, or something is left to be done by hand
 */
export async function add(options: AddOptions): Promise<ExitCode> {
  const prompts = options.yes || options.json || !somebodyIsThere() ? null : terminalPrompts;
  const outcome = await outcomeOf(options, prompts);
  process.stdout.write(await reportOf(outcome, options));
  if (outcome.failure !== null) throw outcome.failure;
  return ExitCode.done;
}

async function outcomeOf(options: AddOptions, prompts: Prompts | null): Promise<Outcome> {
  const preview = options.dryRun || options.diff;
  let outcome: Outcome = {
    project: null,
    what: null,
    addition: { files: [], byHand: [], notes: [] },
    operations: [],
    written: false,
    failure: null,
  };
  try {
    const onConflict = onConflictOf(options);
    const part = partNamed(options.what);
    refuseStrayOptions(part, options);
    const project = findProject(process.cwd(), { dstack: newestTestedDstack, tool: toolVersion });
    outcome = { ...outcome, project };
    const request = await cancellable(() => requestFor(project, part, options, prompts));
    const { kind, language } = project.answers;
    const samples = copiesSamples(project, request) ? await samplesOf(project) : null;
    const addition = planAddition(project, request, loadTemplates(kind, language), samples);
    outcome = { ...outcome, addition, what: wordsFor(request) };
    const settling = { onConflict, prompts: preview ? null : prompts, show: showPatch };
    const operations = await cancellable(() => settle(project, addition.files, settling));
    outcome = { ...outcome, operations };
    if (!allDecided(operations)) throw conflictFailure(operations, project.shown);
    if (!preview) {
      await carryOut(project.directory, operations, { shown: project.shown });
      outcome = { ...outcome, written: true };
    }
    return { ...outcome, failure: leftByHand(addition, preview) };
  } catch (error) {
    if (error instanceof Failure) return { ...outcome, failure: error };
    throw error;
  }
}

async function requestFor(
  project: Project,
  part: PartName,
  options: AddOptions,
  prompts: Prompts | null,
): Promise<Request> {
  switch (part) {
    case 'policy':
      return policyRequest(project, options, prompts);
    case 'sample': {
      const { sampleRequest } = await import('./add/sample-request.ts');
      return sampleRequest(project, options, prompts);
    }
    default:
      return fileRequest(project, part);
  }
}

function wordsFor(request: Request): string | null {
  switch (request.part) {
    case 'policy':
      if (request.names.length === 0) return null;
      return `the ${request.names.length === 1 ? 'policy' : 'policies'} ${request.names.join(', ')}`;
    case 'own-policy':
      return `the policy ${request.policy.name}`;
    case 'sample':
      return request.files.length === 1 ? 'this sample' : 'these samples';
    default:
      return request.part;
  }
}

function leftByHand({ byHand }: Addition, preview: boolean): Failure | null {
  if (byHand.length === 0) return null;
  return new Failure({
    code: 'by-hand',
    text: `Something can't be added safely${preview ? '' : '; the rest is written'}.`,
    details: byHandText(byHand),
    hint: 'Add this by hand, then run the test.',
  });
}

async function reportOf(outcome: Outcome, options: AddOptions): Promise<string> {
  const { project, addition, operations, failure, written } = outcome;
  const preview = options.dryRun || options.diff;
  if (options.json) {
    const { scaffoldJson } = await import('../scaffold/scaffold-json.ts');
    return scaffoldJson({
      tool: toolVersion,
      command: 'add',
      directory: project?.directory ?? null,
      dryRun: preview,
      operations,
      diff: options.diff,
      written,
      steps: [],
      byHand: addition.byHand,
      next: written && project !== null ? nextCommands(project, outcome.what) : [],
      error: failure,
      exitCode: failure?.exitCode ?? ExitCode.done,
    });
  }
  if (project === null || (!written && !preview) || !allDecided(operations)) return '';
  if (options.diff) {
    const { diffText } = await import('./create/preview.ts');
    return diffText(operations);
  }
  const columns = Math.min(process.stdout.columns ?? 80, 80) - 1;
  return addedText(project, outcome.what, addition, operations, { written, columns });
}

async function cancellable<Result>(asking: () => Promise<Result>): Promise<Result> {
  try {
    return await asking();
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted('Cancelled: nothing was written.');
    throw error;
  }
}
