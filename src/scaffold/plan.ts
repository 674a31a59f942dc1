import type { Answers } from './answers.ts';
import { type Policy, policiesOf } from './catalogue.ts';
import { expectationFile, expectedOf } from './expectations.ts';
import type { FileToWrite } from './operations.ts';
import { recordFile, recordOf, type Scope } from './record.ts';
import { render } from './render.ts';
import { type PackageFacts, plainPackage, serviceFiles } from './service/service-files.ts';
import { serviceSamples } from './service/service-samples.ts';
import type { TemplateFile, Templates } from './templates.ts';
import { viewOf } from './view.ts';

const sampleEnding = '.dstack.yml';

/**
 * The files of a new project, sorted by path, with the record of what they were made from. Pure: the same answers and templates give the same files.
 *
 * @throws Error where an answer names a policy that isn't in the catalogue: the questions refuse it before
 */
export function plan(answers: Answers, templates: Templates): readonly FileToWrite[] {
  const generated = filesFor(answers, templates, 'project');
  const copies = answers.parts.includes('rest') ? samplesServed(generated, answers) : [];
  const files = sorted([...generated, ...copies]);
  return sorted([...files, recordFile(recordOf(answers, files))]);
}

/**
 * What the answers come to, without the record and without the samples of a plugin service: a whole project, or only what its policies and
 * parts add to one that is there.
 *
 * @param facts what of a package isn't among the answers
 * @throws Error where an answer names a policy that isn't in the catalogue: the questions refuse it before
 */
export function filesFor(
  answers: Answers,
  templates: Templates,
  scope: Scope,
  facts: PackageFacts = plainPackage,
): readonly FileToWrite[] {
  const policies = policiesOf(answers.policies);
  const parts = new Set(policies.flatMap((policy) => ['policies', ...policy.parts]));
  const files = distinct([
    ...(scope === 'project' ? templates.base : []),
    ...[...parts].flatMap((part) => templates.parts[part] ?? []),
    ...policies.flatMap((policy) => templates.policies[policy.name] ?? []),
    ...answers.parts.flatMap((part) => templates.added[part] ?? []),
  ]);
  const view = viewOf(answers, policies);
  const planned = files.map((file) => ({
    path: file.path.replaceAll('__module__', answers.module),
    contents: render(file.contents, view),
  }));
  planned.push(
    ...files
      .filter((file) => file.path.endsWith(sampleEnding))
      .map((file) => expectationOf(file, answers.kind, policies)),
  );
  if (answers.parts.includes('rest')) planned.push(...serviceFiles(answers, facts, templates.service));
  return sorted(planned);
}

/** The samples of the plugin service that serves a package. What is expected of them is known, and needn't be read first. */
function samplesServed(generated: readonly FileToWrite[], answers: Answers): readonly FileToWrite[] {
  const policies = policiesOf(answers.policies);
  return serviceSamples(generated, 'samples', (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.expected\.yml$/, '');
    return expectationFile(expectedOf(name, 'rest', policies));
  }).files;
}

/** What several bring along, once. */
function distinct(files: readonly TemplateFile[]): readonly TemplateFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function sorted(files: readonly FileToWrite[]): readonly FileToWrite[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function expectationOf(
  sample: TemplateFile,
  kind: Answers['kind'],
  policies: readonly Policy[],
): FileToWrite {
  const stem = sample.path.slice(0, -sampleEnding.length);
  const name = stem.slice(stem.lastIndexOf('/') + 1);
  return { path: `${stem}.expected.yml`, contents: expectationFile(expectedOf(name, kind, policies)) };
}
