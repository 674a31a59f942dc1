import { type ExpectedEntry, expectationFile } from '../expectations.ts';
import type { FileToWrite } from '../operations.ts';
import { render } from '../render.ts';
import type { Templates } from '../templates.ts';
import { viewOf } from '../view.ts';
import type { Project } from './project.ts';

/** A policy that the project's author is going to write. */
export interface OwnPolicy {
  /** As it was typed, in words with hyphens: `idle-gpus`. */
  readonly name: string;
  /** `idle_gpus` */
  readonly module: string;
  /** `IdleGpus` */
  readonly className: string;
}

/** A policy's names, or null where what was typed can't be one. */
export function ownPolicyOf(typed: string): OwnPolicy | null {
  const words = typed.toLowerCase().split(/[-_]/);
  if (typed.length > 60 || !words.every((word) => /^[a-z0-9]+$/.test(word)) || /^\d/.test(typed)) return null;
  const className = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return { name: words.join('-'), module: words.join('_'), className };
}

/** Its module, test and sample, and what all policies share. What is expected of the sample is only known of a generated project. */
export function ownPolicyFiles(
  { answers, record }: Project,
  policy: OwnPolicy,
  templates: Templates,
): readonly FileToWrite[] {
  const view = { ...viewOf(answers, []), policy: { ...policy, path: `.policies.${policy.module}` } };
  const fill = (path: string): string =>
    path
      .replaceAll('__module__', answers.module)
      .replaceAll('__policy__', policy.module)
      .replaceAll('__sample__', policy.name);
  const files = [...(templates.parts['policies'] ?? []), ...templates.ownPolicy].map((file) => ({
    path: fill(file.path),
    contents: render(file.contents, view),
  }));
  if (record.scope !== 'project') return files;
  const unchanged: ExpectedEntry = {
    as: ['admin@main'],
    expected: { outcome: 'unchanged', message: null, changes: {} },
  };
  return [...files, { path: `samples/${policy.name}.expected.yml`, contents: expectationFile([unchanged]) }];
}
