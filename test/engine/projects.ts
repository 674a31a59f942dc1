import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCache } from '../../src/engine/cache.ts';
import { findUv } from '../../src/engine/uv.ts';
import { testCache } from '../test-cache.ts';

const projects = fileURLToPath(new URL('../fixtures/projects', import.meta.url));

export const never = new AbortController().signal;
export const silent = (): void => {};

/** A folder of this test's own, with a cold cache in it and uv on PATH. */
export interface Workshop {
  readonly folder: string;
  readonly cache: string;
  /** A copy of a fixture project. */
  project(name: string, as?: string): string;
  close(): void;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-engine-')));
  const cache = join(folder, 'cache');
  const before = { cache: process.env['CREATE_DSTACK_PLUGIN_CACHE'], path: process.env['PATH'] };
  process.env['CREATE_DSTACK_PLUGIN_CACHE'] = cache;
  process.env['PATH'] = [await folderWithUv(folder), process.env['PATH']].join(delimiter);
  return {
    folder,
    cache,
    project(name, as = name) {
      const root = join(folder, as);
      cpSync(join(projects, name), root, { recursive: true });
      return root;
    },
    close() {
      if (before.cache === undefined) delete process.env['CREATE_DSTACK_PLUGIN_CACHE'];
      else process.env['CREATE_DSTACK_PLUGIN_CACHE'] = before.cache;
      process.env['PATH'] = before.path;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function folderWithUv(folder: string): Promise<string> {
  const uv = await findUv(openCache(testCache), silent, never);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  if (uv !== 'uv') symlinkSync(uv, join(bin, 'uv'));
  return bin;
}

/** Every file below a folder with its bytes, and every folder, to be compared. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    tree[path.slice(folder.length)] = entry.isFile() ? readFileSync(path, 'latin1') : 'a folder';
  }
  return tree;
}
