/** What dstack applies, in its own words. */
export const sampleKinds = ['task', 'service', 'dev-environment', 'fleet', 'volume', 'gateway'] as const;
export type SampleKind = (typeof sampleKinds)[number];
