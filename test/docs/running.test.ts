import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder } from '../executable.ts';
import { runPage, writeCommands } from './running.ts';

/** The check of the documentation itself: what a wrong page looks like to it. */

async function held(page: string): Promise<ReturnType<typeof runPage>> {
  const folder = emptyFolder();
  const bin = join(folder, 'bin');
  writeCommands(bin);
  return await runPage(page, { here: () => folder }, bin);
}

test('a command that fails is named, and one that is said to fail has to', async () => {
  const page =
    '<!-- scene: here -->\n\n    exit 3\n\n<!-- exit: 3 -->\n\n    exit 3\n\n<!-- exit: 1 -->\n\n    true\n';
  const { surprises, ran } = await held(page);
  expect(ran).toBe(3);
  expect(surprises).toMatchObject([
    { command: 'exit 3', code: 3 },
    { command: 'true', code: 0 },
  ]);
});

test('what a page shows is replaced by what is printed now, and all else stays to the byte', async () => {
  const page =
    '# x\n\n<!-- scene: here -->\n\n```yaml\n# a/b.yml\na: 1\n```\n\n```console\n$ cat a/b.yml\nold\n```\n\n1. y\n';
  const run = await held(page);
  expect(run.page).toBe(page.replace('old', '# a/b.yml\na: 1'));
});

test('a command that cannot be run here is told with its reason', async () => {
  const { notRun, ran } = await held('<!-- not run: no engine -->\n\n    docker build .\n');
  expect([notRun, ran]).toEqual([['docker build . (no engine)'], 0]);
});

test('`npx create-dstack-plugin` is the executable, and no other package is run', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const page =
    '<!-- scene: here -->\n\n```console\n$ npx create-dstack-plugin --version\n```\n\n    npx something-else\n';
  const { page: shown, surprises } = await held(page);
  expect(shown).toContain(`\n${version}\n`);
  expect(surprises).toMatchObject([{ command: 'npx something-else', code: 99 }]);
});
