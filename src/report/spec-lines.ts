import { diffLines } from 'diff';
import { stringify } from 'yaml';
import type { Json, Replay } from '../replay/model.ts';
import { printableLines } from '../terminal/printable.ts';
import type { Page } from './page.ts';
import { clipped } from './text-width.ts';

/** A line of a spec: on both sides, only before the policies, or only after them. */
interface SpecLine {
  readonly side: 'both' | 'before' | 'after';
  readonly text: string;
}

/**
 * The whole spec before and after the policies, as YAML in one: lines that only one of them has are marked as such. Empty where the specs
 * weren't asked for.
 */
function specDifference({ specs }: Replay): readonly SpecLine[] {
  if (specs === undefined) return [];
  const before = yamlOf(specs.before);
  if (specs.after === null) return linesOf(before, 'both');
  return diffLines(before, yamlOf(specs.after)).flatMap(({ value, added, removed }) =>
    linesOf(value, added ? 'after' : removed ? 'before' : 'both'),
  );
}

const signs = { both: ' ', before: '-', after: '+' } as const;

/** What the whole spec is shown under. */
export function specTitle({ specs }: Replay): string {
  return specs?.after === null
    ? 'the spec before the policies'
    : 'the spec before (-) and after (+) the policies';
}

/** For a terminal: each line is cut where it doesn't fit. */
export function specLines(replay: Replay, page: Page, indent: number): string[] {
  const lines = specDifference(replay);
  if (lines.length === 0) return [];
  const { ink } = page;
  const colours = { both: ink.dim, before: ink.red, after: ink.green } as const;
  const room = page.columns - indent - 2;
  return [
    ' '.repeat(indent) + specTitle(replay),
    ...lines.map(
      (line) => ' '.repeat(indent + 2) + colours[line.side](clipped(signed(line).trimEnd(), room)),
    ),
  ];
}

/** Whole, with a sign before each line; empty where the specs weren't asked for. */
export function specText(replay: Replay): string {
  return specDifference(replay).map(signed).join('\n');
}

function signed({ side, text }: SpecLine): string {
  return `${signs[side]} ${text}`;
}

function yamlOf(spec: Json): string {
  // One line for each value, however long, and no anchors: what is equal by chance stays apart.
  return stringify(spec, { lineWidth: 0, aliasDuplicateObjects: false });
}

function linesOf(text: string, side: SpecLine['side']): readonly SpecLine[] {
  return printableLines(text.replace(/\n$/, ''))
    .split('\n')
    .map((line) => ({ side, text: line }));
}
