import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';

const names = catalogue.map(({ name }) => name);

/** None, each alone, and all of the starter policies. */
export const fewChoices: readonly (readonly string[])[] = [[], ...names.map((name) => [name]), names];

/** Also every pair. */
export const choices: readonly (readonly string[])[] = [
  ...fewChoices,
  ...names.flatMap((first, index) => names.slice(index + 1).map((second) => [first, second])),
];

export function answersFor(policies: readonly string[]): Answers {
  return {
    kind: 'package',
    language: 'python',
    name: 'acme-guard',
    module: 'acme_guard',
    description: 'Apply policies for the dstack server',
    author: null,
    policies,
    parts: [],
    dstack: '0.22.5',
    tool: '1.2.3',
  };
}

/** How a choice reads in the name of a test, and as a folder's name. */
export function titleOf(policies: readonly string[]): string {
  if (policies.length === names.length) return 'all';
  return policies.length === 0 ? 'none' : policies.join('+');
}
