import type { Finding, Severity } from '../model.ts';
import { type FindingCode, findingSeverities } from './codes.ts';

/** Where in the author's code something is: relative to the root, or nowhere. */
export interface FindingPlace {
  readonly file: string | null;
  readonly line: number | null;
}

const nowhere: FindingPlace = { file: null, line: null };

/**
 * A finding of a code, at a place in the author's code where there is one. Its text ends with where to read more.
 *
 * @param severity where it isn't the code's own
 */
export function findingAt(
  code: FindingCode,
  text: string,
  place: FindingPlace | null,
  severity: Severity = findingSeverities[code],
): Finding {
  const { file, line } = place ?? nowhere;
  return { code, severity, text: `${text} See ${pageOf(code)}.`, file, line };
}

/** A finding's text without where to read more, and where that is; for reporters that show it apart. */
export function textAndPage({ code, text }: Finding): {
  readonly text: string;
  readonly page: string | null;
} {
  const end = ` See ${pageOf(code)}.`;
  return text.endsWith(end) ? { text: text.slice(0, -end.length), page: pageOf(code) } : { text, page: null };
}

function pageOf(code: string): string {
  return `docs/findings.md#${code}`;
}
