import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Answers } from '../../src/scaffold/answers.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';

/** Writes a project as it is generated. */
export function generate(answers: Answers, project: string): void {
  for (const { path, contents } of plan(answers, loadTemplates(answers.kind, answers.language))) {
    const file = join(project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}
