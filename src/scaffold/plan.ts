import type { Answers } from './answers.ts';
import { catalogue, type Policy } from './catalogue.ts';
import { expectationFile, expectedOf } from './expectations.ts';
import type { FileToWrite } from './operations.ts';
import { recordFile, recordOf } from './record.ts';
import { render } from './render.ts';
import type { TemplateFile, Templates } from './templates.ts';
import { viewOf } from './view.ts';

const sampleEnding = '.dstack.yml';

/**
 * The files of a new project, sorted by path, with the record of what they were made from. Pure: the same answers and templates give the same files.
 *
 * @throws Error where an answer names a policy that isn't in the catalogue: the questions refuse it before
 */
export function plan(answers: Answers, templates: Templates): readonly FileToWrite[] {
  const policies = chosen(answers.policies);
  const parts = new Set(policies.flatMap((policy) => ['policies', ...policy.parts]));
  const files = [
    ...templates.base,
    ...[...parts].flatMap((part) => templates.parts[part] ?? []),
    ...policies.flatMap((policy) => templates.policies[policy.name] ?? []),
  ];
  const view = viewOf(answers, policies);
  const planned = files.map((file) => ({
    path: file.path.replaceAll('__module__', answers.module),
    contents: file.fill ? render(file.text, view) : file.text,
  }));
  planned.push(
    ...files
      .filter((file) => file.path.endsWith(sampleEnding))
      .map((file) => expectationOf(file, answers.kind, policies)),
  );
  planned.push(recordFile(recordOf(answers, planned)));
  return planned.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function chosen(names: readonly string[]): readonly Policy[] {
  const unknown = names.find((name) => !catalogue.some((policy) => policy.name === name));
  if (unknown !== undefined) throw new Error(`No starter policy is called ${unknown}`);
  return catalogue.filter((policy) => names.includes(policy.name));
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
