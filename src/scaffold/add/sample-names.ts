import { Failure } from '../../failure.ts';
import { printable } from '../../terminal/printable.ts';
import { unportable } from '../portable-path.ts';

/** Whether something can be a sample's name on every machine. */
export function isSampleName(name: string): boolean {
  return /^[\w][\w.-]*$/.test(name) && name.length <= 80 && unportable(`${name}.dstack.yml`) === null;
}

/** What is left of a text that a sample can be called. */
export function sampleNameFrom(text: string): string {
  const name = text
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^\w]+|[^\w]+$/g, '')
    .slice(0, 80);
  return isSampleName(name) ? name : 'sample';
}

/** @throws Failure where a person has typed a name that isn't one */
export function checkSampleName(typed: string): string {
  if (isSampleName(typed)) return typed;
  throw new Failure({
    code: 'wrong-name',
    text: `"${printable(typed)}" can't be the name of a sample: letters, digits and ". _ -".`,
    hint: `What about --name ${sampleNameFrom(typed)}?`,
  });
}
