/** What may fail a run beside its replays. Apart from what decides it, so that the command line loads none of that. */

/** From which severity on a finding fails a run. */
export const failOnLevels = ['error', 'warning', 'none'] as const;
export type FailOn = (typeof failOnLevels)[number];

/** What is done with what is obsolete: it is named, and beyond that fails the run, or is removed. */
export const obsoleteModes = ['warn', 'fail', 'delete'] as const;
export type ObsoleteMode = (typeof obsoleteModes)[number];
