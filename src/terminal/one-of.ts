import { Failure } from '../failure.ts';
import { nearest } from './nearest.ts';
import { printable } from './printable.ts';

/**
 * The value of a flag that takes one of a set.
 *
 * @throws Failure with the nearest match, or with the set, where it isn't one of them
 */
export function oneOf<Value extends string>(flag: string, typed: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === typed);
  if (found !== undefined) return found;
  const near = nearest(typed, values);
  throw new Failure({
    code: 'wrong-flag',
    text: `${flag} doesn't take "${printable(typed)}".`,
    hint: near === null ? `It takes: ${values.join(', ')}.` : `Did you mean ${near}?`,
  });
}
