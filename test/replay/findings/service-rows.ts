import type { FindingCode } from '../../../src/replay/findings/codes.ts';

/**
 * What each mode of `test/fixtures/misbehaving-service` is found to do wrong, in the order of a report: errors first. It is held against
 * exchanges made by hand and against those of a real `rest_plugin`.
 */
export const serviceRows: Readonly<Record<string, readonly FindingCode[]>> = {
  good: [],
  rejects: [],
  'extra-key': [],
  'removes-tag': [],
  'leaves-out-nulls': [],
  'leaves-out-a-default': [],
  'leaves-out-a-null-that-counts': ['dropped-fields'],
  html: ['not-json'],
  'no-content': ['not-json'],
  'json-null': ['missing-spec'],
  'empty-list': ['missing-spec'],
  string: ['missing-spec'],
  'wrong-content-type': ['wrong-content-type'],
  'empty-error': ['empty-error'],
  'error-without-spec': ['missing-spec'],
  'spec-null': ['missing-spec'],
  'unknown-field': ['invalid-result'],
  'wrong-value': ['invalid-result'],
  'drops-fields': ['dropped-fields'],
  'drops-type': ['dropped-fields'],
  'other-type': ['identity-changed'],
  'other-name': ['identity-changed'],
  'client-error': ['reason-lost'],
  'server-error': ['reason-lost'],
  'not-found': ['reason-lost'],
  'validation-error': ['reason-lost'],
  'refuses-newer-fields': ['reason-lost'],
  'tells-secrets': ['reason-lost'],
  redirect: ['redirected'],
  'redirect-kept': ['redirected'],
  silent: ['over-budget'],
  'in-pieces': ['over-budget'],
  slow: ['slow'],
  closes: ['connection-failed'],
  'closes-midway': ['connection-failed'],
  resets: ['connection-failed'],
  flaky: ['reason-lost', 'plan-apply-differ'],
  fickle: ['plan-apply-differ'],
};

/** The same of samples of other kinds than runs. */
export const otherKindRows: Readonly<Record<string, readonly FindingCode[]>> = {
  'fleet-drops-fields': ['dropped-fields'],
  'gateway-drops-fields': ['dropped-fields'],
  'volume-drops-fields': ['dropped-fields'],
};
