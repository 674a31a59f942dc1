import { expect, test } from 'vitest';
import { refuseWindows } from '../../src/engine/system.ts';
import { Failure } from '../../src/failure.ts';

test('Windows is told from where plugins can be tried, in one sentence that says where instead', () => {
  expect(() => refuseWindows('win32')).toThrow(Failure);
  expect(() => refuseWindows('win32')).toThrow(
    /Linux, macOS, and Windows via WSL 2, but not on Windows itself/,
  );
});

test.each(['linux', 'darwin'] as const)('%s is none to refuse', (platform) => {
  expect(() => refuseWindows(platform)).not.toThrow();
});
