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
  return { code, severity, text: `${text} See docs/findings.md#${code}.`, file, line };
}
