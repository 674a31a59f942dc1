import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startWatcher } from '../../src/watch/watcher.ts';

test('changes are heard of, calm down, and come as one batch', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-watcher-')));
  const heardAtCalm: number[] = [];
  const watcher = startWatcher(root, [], () => heardAtCalm.push(watcher.heard));
  onTestFinished(async () => {
    await watcher.close();
    rmSync(root, { recursive: true, force: true });
  });
  await watcher.ready;
  const batch = watcher.next();
  for (const name of ['one.py', 'two.py']) writeFileSync(join(root, name), 'x = 1\n');
  const paths = (await batch).map(({ path }) => path).sort();
  expect(paths).toEqual(['one.py', 'two.py']);
  expect(heardAtCalm.at(-1)).toBe(watcher.heard);
  writeFileSync(join(root, 'one.py'), 'x = 2\n');
  expect(await watcher.next()).toEqual([{ path: 'one.py', gone: false }]);
});
