import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPage, writeCommands } from './running.ts';
import { scenes } from './scenes.ts';

/**
 * Every command of the documentation is run where its page says, and what a page shows is what was printed. `npx vitest run test/docs -u`
 * writes what is printed now into the pages.
 */
const repository = fileURLToPath(new URL('../..', import.meta.url));
const policies = join(repository, 'docs/policies.md');
let work = '';
let bin = '';
beforeAll(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-docs-')));
  bin = join(work, 'bin');
  writeCommands(bin);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test.each(['start', 'policies', 'rest', 'deploy'])('docs/%s.md', { timeout: 600_000 }, async (name) => {
  await held(`docs/${name}.md`);
});

async function held(path: string): Promise<void> {
  const file = join(repository, path);
  const { page, surprises, ran } = await runPage(readFileSync(file, 'utf8'), scenes(policies), bin);
  expect(surprises).toEqual([]);
  expect(ran).toBeGreaterThan(0);
  await expect(page).toMatchFileSnapshot(file);
}
