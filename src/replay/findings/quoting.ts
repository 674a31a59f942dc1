import { printable } from '../../terminal/printable.ts';
import type { Json } from '../model.ts';

/** How findings speak of others' words: in one line, without what a terminal acts on, and cut. Secrets are masked before. */

/** A policy by its name; what `rest_plugin` does is what the plugin service said. */
export function named(who: string | null, unknown = 'A policy'): string {
  if (who === null) return unknown;
  if (who !== 'rest_plugin') return printable(who);
  return /^[a-z]/.test(unknown) ? 'the plugin service' : 'The plugin service';
}

/** A reason in brackets; nothing where there is none. */
export function because(why: string | null): string {
  return why === null || why.trim() === '' ? '' : ` (${shortened(printable(why.trim()))})`;
}

/** Somebody's words in quotation marks. */
export function quoted(text: string): string {
  return `"${shortened(printable(text.trim()))}"`;
}

/** A value as people write it in a specification. */
export function value(of: Json): string {
  return of === null ? 'nothing' : shortened(printable(JSON.stringify(of)));
}

/** A sentence is no place for more than this of anybody's words; the replay itself has them whole. */
const longest = 200;

export function shortened(text: string): string {
  // Never half a character: that no encoding can write.
  return text.length > longest ? `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
