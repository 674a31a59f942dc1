import type { Answers } from '../answers.ts';
import { policiesOf } from '../catalogue.ts';
import type { FileToWrite } from '../operations.ts';
import { type FilePart, filePartsOf } from '../parts.ts';
import { filesFor } from '../plan.ts';
import { hashOf, recordFile, recordPath } from '../record.ts';
import type { Templates } from '../templates.ts';
import { type Addition, nothing, together } from './addition.ts';
import { copySamples } from './copy-samples.ts';
import { type OwnPolicy, ownPolicyFiles } from './own-policy.ts';
import { packageDiscovery } from './package-discovery.ts';
import type { Project } from './project.ts';
import type { ProjectSamples } from './project-samples.ts';
import { regenerate } from './regenerate.ts';
import { wiredFile, wirePolicies } from './wire-policies.ts';

/** What is to be added. */
export type Request =
  | { readonly part: 'policy'; readonly names: readonly string[] }
  | { readonly part: 'own-policy'; readonly policy: OwnPolicy }
  /** Files that are complete already, such as samples. */
  | { readonly part: 'sample'; readonly files: readonly FileToWrite[]; readonly notes: readonly string[] }
  | { readonly part: FilePart; readonly needs: readonly FilePart[] };

/**
 * What adding to a project comes to: its files, among them the record, and what is left to be done by hand. Pure but for reading the
 * project's files. What is there already isn't planned again, so that adding twice changes nothing.
 *
 * @param samples of the project, where {@link copiesSamples} says that they are copied
 */
export function planAddition(
  project: Project,
  request: Request,
  templates: Templates,
  samples: ProjectSamples | null = null,
): Addition {
  const { scope } = project.record;
  const answers = withMore(project.answers, request);
  const placed = (of: Answers): readonly FileToWrite[] =>
    filesFor(of, templates, scope, project.facts).map((file) => ({
      ...file,
      path: placeOf(file.path, project),
    }));
  const before = placed(project.answers);
  const after = placed(answers);
  const wired = wiredFile(project)?.file ?? null;
  const grown = regenerate(project, before, after, wired);
  const extra = extraFiles(project, request, templates);
  const addition = together([grown, extra]);
  const whole = wirePolicies(project, request, addition);
  const copies = samples === null ? null : copySamples(project, samples, whole.files);
  const generated = [...changed(before, after), ...extra.files, ...(copies?.made ?? [])];
  const byHand = request.part === 'rest' ? packageDiscovery(project) : [];
  return withRecord(
    project,
    answers,
    generated,
    together([whole, copies?.addition ?? nothing, { ...nothing, byHand }]),
  );
}

/** Whether a request comes with copies of the project's samples, for a plugin service that serves its policies. */
export function copiesSamples(project: Project, request: Request): boolean {
  switch (request.part) {
    case 'rest':
      return true;
    case 'policy':
    case 'own-policy':
    case 'sample':
      return project.answers.parts.includes('rest');
    default:
      return false;
  }
}

function withMore(answers: Answers, request: Request): Answers {
  switch (request.part) {
    case 'policy':
      return {
        ...answers,
        policies: policiesOf([...answers.policies, ...request.names]).map(({ name }) => name),
      };
    case 'own-policy':
    case 'sample':
      return answers;
    default: {
      const wanted = new Set([...answers.parts, ...request.needs]);
      return { ...answers, parts: filePartsOf(answers.kind).filter((name) => wanted.has(name)) };
    }
  }
}

/** Where a file of the templates goes in this project. */
function placeOf(path: string, { answers, layout, record }: Project): string {
  if (record.scope === 'project') return path;
  const module = `src/${answers.module}/`;
  if (path.startsWith(module) && layout.package !== null)
    return `${layout.package}/${path.slice(module.length)}`;
  if (path.startsWith('tests/')) return `${layout.tests}/${path.slice('tests/'.length)}`;
  if (path.startsWith('samples/')) return `${layout.samples}/${path.slice('samples/'.length)}`;
  return path;
}

function extraFiles(project: Project, request: Request, templates: Templates): Addition {
  switch (request.part) {
    case 'sample':
      return { ...nothing, files: request.files, notes: request.notes };
    case 'own-policy': {
      const files = ownPolicyFiles(project, request.policy, templates).map((file) => ({
        ...file,
        path: placeOf(file.path, project),
      }));
      // Somebody has begun to write it, or has another one of that name; what all policies share may be there, too.
      const isThere = files.some(
        ({ path }) => path.endsWith(`/${request.policy.module}.py`) && project.read(path) !== null,
      );
      return { ...nothing, files: isThere ? [] : files.filter(({ path }) => project.read(path) === null) };
    }
    default:
      return nothing;
  }
}

function changed(before: readonly FileToWrite[], after: readonly FileToWrite[]): readonly FileToWrite[] {
  const old = new Map(before.map(({ path, contents }) => [path, contents]));
  return after.filter(({ path, contents }) => old.get(path) !== contents);
}

/**
 * With the record as it is then. An edited file is recorded as it would be generated, so that it counts as edited the next time as well.
 */
function withRecord(
  project: Project,
  answers: Answers,
  generated: readonly FileToWrite[],
  addition: Addition,
): Addition {
  const hashes = generated.map(({ path, contents }) => [path, hashOf(contents)] as const);
  const { tool, ...rest } = answers;
  const { scope, files } = project.record;
  const sorted = [...addition.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const record = recordFile({
    tool,
    scope,
    answers: rest,
    files: { ...files, ...Object.fromEntries(hashes) },
  });
  const there = project.read(recordPath);
  if (there === record.contents || (there === null && generated.length === 0))
    return { ...addition, files: sorted };
  return { ...addition, files: [{ ...record, ...(there === null ? {} : { replaces: there }) }, ...sorted] };
}
