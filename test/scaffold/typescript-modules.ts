import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptFolder } from '../test-cache.ts';
import { ran } from './dstack-python.ts';

/**
 * What `npm install` makes of the package.json of a generated project. Kept for later runs.
 *
 * @returns its `node_modules`
 */
export async function modulesOf(project: string): Promise<string> {
  const manifest = join(project, 'package.json');
  const key = createHash('sha256').update(readFileSync(manifest)).update(process.version).digest('hex');
  const kept = await keptFolder(join('rest-typescript', key.slice(0, 16)), async (building) => {
    mkdirSync(building);
    copyFileSync(manifest, join(building, 'package.json'));
    const { code, output } = await ran('npm', ['install', '--no-audit', '--no-fund'], building);
    if (code !== 0) throw new Error(output);
  });
  return join(kept, 'node_modules');
}
