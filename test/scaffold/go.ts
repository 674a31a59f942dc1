import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testCache } from '../test-cache.ts';
import { type Ran, ran } from './dstack-python.ts';

/** Whether there is a Go to run. */
export const hasGo: boolean = answers();

function answers(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Go's environment: what it downloads and compiles is kept in the test cache, where whoever removes that can remove it as well. Equal packages
 * are compiled once, whatever the temporary folder that they lie in.
 */
export function goEnvironment(): Readonly<Record<string, string>> {
  const places = { GOCACHE: join(testCache, 'go/build'), GOMODCACHE: join(testCache, 'go/modules') };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true, mode: 0o700 });
  return { ...places, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw -trimpath`.trim() };
}

/** Runs `go` to its end; it may fail. */
export function go(args: readonly string[], cwd: string): Promise<Ran> {
  return ran('go', args, cwd, goEnvironment());
}
