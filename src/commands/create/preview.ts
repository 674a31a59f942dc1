import type { Decision } from '../../scaffold/decide.ts';
import { patchOf } from '../../scaffold/difference.ts';
import { listing, sizeText } from '../../scaffold/listing.ts';
import { bytesOf, type Operation } from '../../scaffold/operations.ts';
import { colours, wantsColour } from '../../terminal/colour.ts';
import { patchText } from '../../terminal/patch.ts';
import { placeText, projectText } from './words.ts';

/** What `--dry-run` shows: every file, what would be done, and how large it is. */
export function dryRunText(decision: Decision, operations: readonly Operation[]): string {
  const bytes = operations.reduce((sum, { file }) => sum + bytesOf(file), 0);
  return [
    `Would create ${projectText(decision)} in ${placeText(decision)}: ${operations.length} files, ${sizeText(bytes)}.`,
    'This is a dry run: nothing was written.',
    '',
    ...listing(operations).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/**
 * What `--diff` shows. On a terminal it has colours and nothing in it acts on the terminal; elsewhere it is the patch byte by byte, so that
 * a program can apply it.
 */
export function diffText(operations: readonly Operation[]): string {
  const patch = operations.map(patchOf).join('');
  return process.stdout.isTTY ? patchText(patch, colours(wantsColour(process.stdout))) : patch;
}
