import type { Severity } from '../model.ts';

/** Every finding that there is, with its severity. `docs/findings.md` has a section for each. */
export const findingSeverities = {
  'returns-nothing': 'error',
  crashed: 'error',
  'accidental-rejection': 'error',
  'invalid-result': 'error',
  'plan-apply-differ': 'error',
  'order-dependent': 'error',
  'timed-out': 'error',
  exited: 'error',
  'identity-changed': 'error',
  'server-disagrees': 'error',
  'connection-failed': 'error',
  'over-budget': 'error',
  redirected: 'error',
  'reason-lost': 'error',
  'not-json': 'error',
  'missing-spec': 'error',
  'empty-error': 'error',
  'dropped-fields': 'error',
  'endpoint-missing': 'error',
  'canary-changed': 'error',
  'not-concurrent': 'error',
  'fails-open': 'error',
  'silent-rejection': 'warning',
  'poor-message': 'warning',
  'foreign-rejection': 'warning',
  'lost-write': 'warning',
  'unvalidated-value': 'warning',
  'chain-order': 'warning',
  'blocks-update': 'warning',
  'alters-process': 'warning',
  prints: 'warning',
  slow: 'warning',
  'wrong-content-type': 'warning',
  'slow-service': 'warning',
  'breaks-offer': 'warning',
  'never-exercised': 'warning',
  'unused-ignore': 'warning',
  'obsolete-entry': 'warning',
} as const satisfies Readonly<Record<string, Severity>>;

export type FindingCode = keyof typeof findingSeverities;

export const findingCodes = Object.keys(findingSeverities) as readonly FindingCode[]; // the keys of a constant

/** Whether a word is the code of a finding. */
export function isFindingCode(word: string): word is FindingCode {
  return Object.hasOwn(findingSeverities, word);
}
