import type { Decision } from '../../scaffold/decide.ts';
import { printable } from '../../terminal/printable.ts';

const kindNames: Readonly<Record<Decision['answers']['kind'], string>> = {
  package: 'plugin',
  rest: 'REST plugin',
};

/** `the plugin acme-guard` */
export function projectText({ answers }: Decision): string {
  return `the ${kindNames[answers.kind]} ${answers.name}`;
}

/** The folder as a sentence has it, safe to print. */
export function placeText({ shown }: Pick<Decision, 'shown'>): string {
  return shown === '.' ? 'this folder' : printable(shown);
}
