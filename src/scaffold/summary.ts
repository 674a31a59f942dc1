import { printable } from '../terminal/printable.ts';
import type { Author } from './answers.ts';
import { languages } from './choices.ts';
import type { Choices } from './decide.ts';
import { withNeeds } from './parts.ts';

/**
 * What will be made, a line for each answer, safe to print.
 *
 * @param installer the command that installs its dependencies
 */
export function summary(
  { place, name, description, kind, language, policies, parts, install }: Choices,
  author: Author | null,
  dstack: string,
  installer: string | null,
): readonly string[] {
  const languageName = languages.find(({ value }) => value === language)?.label ?? language;
  const more = withNeeds(parts, kind, true);
  const rows: readonly (readonly [string, string])[] = [
    ['Folder', place.shown === '.' ? 'this one' : place.shown],
    [
      'Plugin',
      `${name.name}, ${kind === 'package' ? 'a Python package' : `a REST plugin in ${languageName}`}`,
    ],
    ['About', description],
    ['Author', author === null ? 'nobody' : [author.name, author.email ?? []].flat().join(', ')],
    ['Policies', policies.length === 0 ? 'none' : policies.join(', ')],
    ...(more.length === 0 ? [] : [['Parts', more.join(', ')] as const]),
    ['dstack', dstack],
    ['Install', install && installer !== null ? installer : 'no'],
  ];
  return ['', ...rows.map(([label, text]) => `  ${label.padEnd(8)}  ${printable(text)}`), ''];
}
