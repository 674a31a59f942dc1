import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Tests mostly wait for processes that they started: one worker more than the two cores of a CI machine.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    // They kill processes, type into terminals and wait for servers. What only a busy machine broke passes when it is run once more, and
    // the report says that it was.
    retry: 1,
    // Enough of both sides to tell from the message alone, which is all that is kept of a first try, what differs.
    chaiConfig: { truncateThreshold: 2000 },
  },
});
