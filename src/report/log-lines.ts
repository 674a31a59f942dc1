import type { Replay } from '../replay/model.ts';
import { printableLines } from '../terminal/printable.ts';
import type { Page } from './page.ts';
import { clipped, wrapped } from './text-width.ts';

const maxLogLines = 10;
/** Lines of the page that one line of a log may take. */
const maxFolds = 4;

/** What the plugin wrote during a replay, dimmed behind a bar; the first lines of it where there are many. */
export function logLines(logs: Replay['logs'], page: Page, indent: number): string[] {
  const all = logs.flatMap((log) => printableLines(log.replace(/\r?\n$/, '')).split('\n'));
  const shown = all.length > maxLogLines ? all.slice(0, maxLogLines - 1) : all;
  const left = all.length - shown.length;
  const lines = barred(shown, page, indent);
  return left === 0
    ? lines
    : [...lines, ...barred([`… ${left.toLocaleString('en')} more lines`], page, indent)];
}

/** The end of them says why: as a traceback and the output of an installer have it. */
const maxDetailLines = 100;

/** What explains an error, dimmed behind a bar; the last lines of it where there are many. */
export function detailLines(details: string, page: Page, indent: number): string[] {
  const all = printableLines(details.trimEnd()).split('\n');
  const left = all.length - maxDetailLines;
  if (left <= 0) return barred(all, page, indent);
  return barred([`… ${left.toLocaleString('en')} lines before`, ...all.slice(left)], page, indent);
}

/** Printable lines behind a bar, each on a few lines at most. */
function barred(lines: readonly string[], page: Page, indent: number): string[] {
  const room = page.columns - indent - 2;
  return lines
    .flatMap((line) => wrapped(clipped(line, room * maxFolds), room).slice(0, maxFolds + 1))
    .map((line) => ' '.repeat(indent) + page.ink.dim(`│ ${line}`.trimEnd()));
}
