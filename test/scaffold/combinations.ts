import type { Answers, Language } from '../../src/scaffold/answers.ts';
import { kinds, languages } from '../../src/scaffold/choices.ts';
import { answersFor, fewChoices, titleOf } from './choices.ts';

/** The languages that a kind of plugin can be written in. */
export function languagesOf(kind: Answers['kind']): readonly Language[] {
  return kind === 'package' ? ['python'] : languages.map(({ value }) => value);
}

/** Every combination of kind and language, with no policy, each alone, and all of them. */
export const combinations: readonly (readonly [title: string, answers: Answers])[] = kinds.flatMap(
  ({ value: kind }) =>
    languagesOf(kind).flatMap((language) =>
      fewChoices.map((policies) => {
        const title = `${kind} in ${language}, policies: ${titleOf(policies)}`;
        return [title, { ...answersFor(policies), kind, language }] as const;
      }),
    ),
);
