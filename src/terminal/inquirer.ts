// The prompts that are used. Named here, so that the bundle has these and not the editor and its tables of character sets.
export { checkbox, input, select } from '@inquirer/prompts';
