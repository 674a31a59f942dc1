import { expect, it } from 'vitest';
import { onInterrupt, runCleanups } from '../../src/terminal/signals.ts';

it('cleanups run once, the last registered first, and one that throws keeps none from running', () => {
  const ran: string[] = [];
  onInterrupt(() => ran.push('first'));
  onInterrupt(() => {
    throw new Error('oh');
  });
  onInterrupt(() => ran.push('third'));
  runCleanups();
  runCleanups();
  expect(ran).toEqual(['third', 'first']);
});

it('a cleanup that was taken back is not run, though the same function is registered twice', () => {
  let count = 0;
  const cleanup = (): void => {
    count += 1;
  };
  onInterrupt(cleanup);
  onInterrupt(cleanup)();
  runCleanups();
  expect(count).toBe(1);
});
