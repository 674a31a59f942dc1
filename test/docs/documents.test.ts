import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partsOf } from './document.ts';
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

const pages = [
  'README.md',
  ...['start', 'add', 'expectations', 'policies', 'rest', 'reports', 'ci', 'deploy', 'speed'].map(
    (name) => `docs/${name}.md`,
  ),
];

test.each(pages)('%s', { timeout: 600_000 }, async (path) => {
  await held(path);
});

test('every other page has no commands', () => {
  const others = [
    'CHANGELOG.md',
    ...readdirSync(join(repository, 'docs')).map((name) => `docs/${name}`),
  ].filter((path) => path.endsWith('.md') && !pages.includes(path));
  expect(others.filter((path) => partsOf(pageAt(path)).some(({ type }) => type === 'commands'))).toEqual([]);
});

async function held(path: string): Promise<void> {
  const file = join(repository, path);
  const { page, surprises, ran } = await runPage(pageAt(path), scenes(policies), bin);
  expect(surprises).toEqual([]);
  expect(ran).toBeGreaterThan(0);
  await expect(page).toMatchFileSnapshot(file);
}

function pageAt(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
