import { colours, wantsColour } from '../../terminal/colour.ts';
import { patchText } from '../../terminal/patch.ts';
import { promptOutput } from '../../terminal/prompts.ts';

/** Puts a patch before the person who is asked. */
export function showPatch(patch: string): void {
  const output = promptOutput();
  output.write(`${patchText(patch, colours(wantsColour(output)))}\n`);
}
