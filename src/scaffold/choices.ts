import type { Choice } from '../terminal/prompts.ts';
import type { Answers, Language } from './answers.ts';

export type Kind = Answers['kind'];

/** A starter policy as it is offered. */
export interface PolicyChoice {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
}

export const kinds: readonly Choice<Kind>[] = [
  {
    value: 'package',
    label: 'package',
    hint: 'A Python package that is installed beside the dstack server.',
  },
  {
    value: 'rest',
    label: 'rest',
    hint: "A server that dstack's own rest_plugin calls, in Python, TypeScript or Go.",
  },
];

export const languages: readonly Choice<Language>[] = [
  { value: 'python', label: 'Python', hint: "FastAPI, with dstack's own models." },
  { value: 'typescript', label: 'TypeScript', hint: "Hono, on Node's server." },
  { value: 'go', label: 'Go', hint: 'The standard library alone.' },
];

/** What a project gets where nobody chooses, as far as the catalogue has them: guards that nearly every installation wants. */
export const defaultPolicies: readonly string[] = ['no-privileged', 'max-price', 'max-duration'];
