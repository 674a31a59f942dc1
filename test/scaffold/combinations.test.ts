import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/scaffold/operations.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { readRecord } from '../../src/scaffold/read-record.ts';
import { hashOf, recordPath } from '../../src/scaffold/record.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { emptyFolder, treeOf } from '../executable.ts';
import { combinations } from './combinations.ts';
import { stateOf, writeFiles } from './writing.ts';

it('the combinations are every kind in every language', () => {
  const pairs = new Set(combinations.map(([, { kind, language }]) => `${kind} ${language}`));
  expect([...pairs]).toEqual(['package python', 'rest python', 'rest typescript', 'rest go']);
});

describe.each(combinations)('%s', (_, answers) => {
  const files = plan(answers, loadTemplates(answers.kind, answers.language));

  it('the plan is what lands on disk, byte by byte, and nothing else does', async () => {
    const project = join(emptyFolder(), 'acme');
    const operations = await writeFiles(project, files);
    expect(operations.map(({ file }) => file)).toEqual(files);
    expect(operations.every(({ operation }) => operation === 'create')).toBe(true);
    expect(treeOf(project).filter((path) => !path.endsWith('/'))).toEqual(files.map(({ path }) => path));
    for (const file of files) {
      expect(readFileSync(join(project, file.path), 'utf8'), file.path).toBe(file.contents);
      expect(statSync(join(project, file.path)).size).toBe(bytesOf(file));
    }
  });

  it('a second time there is nothing to do, and nothing is touched', async () => {
    const project = join(emptyFolder(), 'acme');
    await writeFiles(project, files);
    const before = stateOf(project);
    const operations = await writeFiles(project, files);
    expect(new Set(operations.map(({ operation }) => operation))).toEqual(new Set(['skip']));
    expect(stateOf(project)).toEqual(before);
  });

  it('its record is of these answers and these files', () => {
    const record = readRecord(files.find(({ path }) => path === recordPath)?.contents ?? '');
    expect({ ...record.answers, tool: record.tool }).toEqual(answers);
    const hashes = files
      .filter(({ path }) => path !== recordPath)
      .map(({ path, contents }) => [path, hashOf(contents)]);
    expect(record.files).toEqual(Object.fromEntries(hashes));
  });
});
