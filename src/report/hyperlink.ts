import { pathToFileURL } from 'node:url';
import type { Display } from './report.ts';

/** Makes a text that is laid out already a link to a file of the project, on a terminal that knows links; else it stays what it is. */
export type Link = (text: string, file: string | null) => string;

/** The links (OSC 8) of a display. Their targets are encoded, so that nothing in a file's name can end them. */
export function linkFor({ links, places }: Display): Link {
  if (links !== true || places === undefined) return (text) => text;
  return (text, file) => {
    if (file === null || text === '') return text;
    const target = pathToFileURL(places.absolute(file)).href;
    return `\x1b]8;;${target}\x1b\\${text}\x1b]8;;\x1b\\`;
  };
}
