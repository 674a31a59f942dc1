import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testEngine } from '../engine-environment.ts';

const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));
const script = fileURLToPath(new URL('./coverage.py', import.meta.url));

test("the corpus uses every field of dstack's own configuration schema", async () => {
  const { python } = await testEngine('0.22.5');
  const { stdout } = await promisify(execFile)(python, [script, corpus]);
  const { fields, missing } = JSON.parse(stdout) as { fields: number; missing: readonly string[] };
  expect(missing).toEqual([]);
  // What the schema of 0.22.5 has without presets; none found would cover nothing.
  expect(fields).toBe(361);
});
