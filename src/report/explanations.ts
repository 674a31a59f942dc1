import { readFileSync } from 'node:fs';

/** What `docs/findings.md` says of a finding. */
export interface Explanation {
  /** What it is, in Markdown. */
  readonly what: string;
  /** What the user of `dstack apply` sees of it, in Markdown; null where nothing is said. */
  readonly seen: string | null;
  /** All of the section, in Markdown, without its heading and how to silence it. */
  readonly whole: string;
}

/**
 * The explanations of findings by their codes, read from the documentation that ships with this tool, so that there is one text of each.
 *
 * @throws where the documentation isn't beside this tool
 */
export function explanations(): ReadonlyMap<string, Explanation> {
  const found = new Map<string, Explanation>();
  for (const section of documentation().split(/^## /m).slice(1)) {
    const [code = '', ...lines] = section.split('\n');
    const whole = lines
      .join('\n')
      .split(/^To silence it:$/m)[0]
      ?.replace(/^\s*\*(?:error|warning)\*[^\n]*\n/, '')
      .trim();
    if (whole === undefined || !/^[a-z-]+$/.test(code)) continue;
    const [what = ''] = whole.split('\n\n');
    const seen = /^\*\*What a user sees:\*\* ([\s\S]*?)(?:\n\n|$)/m.exec(whole)?.[1] ?? null;
    found.set(code, { what, seen, whole });
  }
  return found;
}

function documentation(): string {
  // Beside the bundle, and beside the sources.
  for (const up of ['../docs/findings.md', '../../docs/findings.md']) {
    try {
      return readFileSync(new URL(up, import.meta.url), 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('docs/findings.md is not beside this tool');
}
