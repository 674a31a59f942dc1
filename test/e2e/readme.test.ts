import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { engineCache } from '../test-cache.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

test('the demo does the main job, and the README shows what it prints', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(repository, 'demo/demo.js')], {
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, CREATE_DSTACK_PLUGIN_CACHE: engineCache },
  });
  const printed = stdout
    .split('3. Break a policy')[1]
    ?.replace(/^.*\n\n/, '')
    .replace(/\n\(exit code 1\)\n$/, '');
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const [, shown] = /<!-- output of: npm run demo -->\n```\n([\s\S]*?)\n```/.exec(readme) ?? [];
  expect(printed).toBe(shown);
});
