import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cachePath, existingCache, openCache } from '../../src/engine/cache.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-cache-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const asRoot = process.getuid?.() === 0;

describe('where kept environments lie', () => {
  test.each([
    ['linux', {}, '/home/alice/.cache/create-dstack-plugin'],
    ['linux', { XDG_CACHE_HOME: '/data/cache' }, '/data/cache/create-dstack-plugin'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/alice/.cache/create-dstack-plugin'],
    ['darwin', {}, '/home/alice/Library/Caches/create-dstack-plugin'],
    ['linux', { CREATE_DSTACK_PLUGIN_CACHE: '/data/own', XDG_CACHE_HOME: '/data/cache' }, '/data/own'],
  ] as const)('on %s with %o it is %s', (platform, env, path) => {
    expect(cachePath(env, platform, '/home/alice')).toBe(path);
  });
});

describe('the cache folder', () => {
  test('is made for this user alone, with the folders above it', () => {
    const path = openCache(join(folder, 'a', 'b'));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(openCache(path)).toBe(path);
    expect(existingCache(path)).toBe(path);
  });

  const refused = (path: string, reason: string): void => {
    expect(() => openCache(path)).toThrow(
      expect.objectContaining({
        code: 'cache-unusable',
        exitCode: 3,
        message: `The cache folder ${path} can't be used: ${reason}.`,
        hint: expect.stringMatching(/XDG_CACHE_HOME|chmod/),
      }),
    );
    expect(existingCache(path)).toBeNull();
  };

  test('is refused where a file is in its place', () => {
    writeFileSync(join(folder, 'file'), '');
    refused(join(folder, 'file'), 'a file is in its place');
    refused(join(folder, 'file', 'below'), 'a file is in the place of a folder above it');
  });

  test('is refused where it is a symbolic link', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    refused(join(folder, 'link'), 'it is a symbolic link');
  });

  test('is refused where others can open it', () => {
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o755);
    refused(join(folder, 'open'), 'it is open to other users');
  });

  test.runIf(asRoot)('is refused where it belongs to another user, for root as well', () => {
    mkdirSync(join(folder, 'foreign'), { mode: 0o700 });
    chownSync(join(folder, 'foreign'), 4321, 4321);
    refused(join(folder, 'foreign'), 'it belongs to another user (uid 4321)');
  });

  test.skipIf(asRoot)('is refused where it can’t be written to (needs user other than root)', () => {
    mkdirSync(join(folder, 'closed'), { mode: 0o500 });
    refused(join(folder, 'closed'), "it can't be written to");
  });

  test.runIf(process.platform === 'linux')('is refused where it can’t be made', () => {
    expect(() => openCache('/proc/nothing/cache')).toThrow(/can't be used: it can't be made/);
  });
});
