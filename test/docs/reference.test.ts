import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { programOf } from '../../src/cli.ts';
import { referencePage } from './reference.ts';

const repository = new URL('../../', import.meta.url);

test('docs/reference.md says what the code goes by', async () => {
  const schema = JSON.parse(readFileSync(new URL('schemas/configuration-1.json', repository), 'utf8'));
  const page = referencePage(
    programOf(() => {}),
    schema,
  );
  await expect(page).toMatchFileSnapshot(fileURLToPath(new URL('docs/reference.md', repository)));
});

test('the README has the same exit codes', () => {
  const codes = (page: string): readonly string[] =>
    readFileSync(new URL(page, repository), 'utf8').match(/^\| [\d, ]+ \|/gm) ?? [];
  const flat = (rows: readonly string[]) => rows.join(',').match(/\d+/g);
  expect(flat(codes('README.md'))).toEqual(flat(codes('docs/reference.md')));
});
