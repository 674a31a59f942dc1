import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { schemaLine } from '../../src/replay/expectation/schema-line.ts';
import { updateExpectation } from '../../src/replay/expectation/update.ts';
import type { Answers } from '../../src/scaffold/answers.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { answersFor, fewChoices, titleOf } from './choices.ts';
import { dstackEnvironment, ran } from './dstack-python.ts';
import { generate } from './generate.ts';
import { type Replayed, resultOf } from './replayed.ts';

const script = fileURLToPath(new URL('replay_services.py', import.meta.url));
const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));

export const allPolicies: readonly string[] = catalogue.map(({ name }) => name);

/** What somebody answers who wants a plugin service. */
export function serviceAnswers(
  language: Answers['language'],
  policies: readonly string[],
  name = 'acme-guard',
): Answers {
  return { ...answersFor(policies), kind: 'rest', language, name, module: name.replaceAll('-', '_') };
}

/** Enough for eleven services, one after another, on a machine that has other things to do. */
export const slow = 300_000;

/** How a generated service is started in its project's folder. It listens on PORT. */
interface Start {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Printed {
  readonly echoed: number;
  readonly replayed: readonly Replayed[];
  readonly differences: readonly unknown[];
  readonly outcomes: Readonly<Record<string, number>>;
}

/**
 * Replays through the services of a language, one with no policy, one with each and one with all: their own samples, which have to come to
 * what is generated as expected, byte by byte; and samples that were made for other tests, which have to come to what a package with the same
 * policies makes of them, but for dstack's prefix. dstack's own `rest_plugin` asks them.
 *
 * @param folder for the projects and packages
 * @param start called with each generated project
 */
export async function behavesAsThePackage(
  language: Answers['language'],
  folder: string,
  start: (project: string) => Promise<Start>,
): Promise<void> {
  const services: object[] = [];
  for (const policies of fewChoices) {
    const project = join(folder, 'services', titleOf(policies));
    const packaged = join(folder, 'packages', titleOf(policies));
    generate(serviceAnswers(language, policies), project);
    generate(answersFor(policies), packaged);
    services.push({ project, package: packaged, env: {}, ...(await start(project)) });
  }
  const listed = join(folder, 'services.json');
  writeFileSync(listed, JSON.stringify(services));
  const python = join(await dstackEnvironment('0.22.5'), 'bin/python');
  const { code, output } = await ran(python, [script, listed, corpus], folder, {
    PYTHONDONTWRITEBYTECODE: '1',
  });
  expect(code, output).toBe(0);
  // The first line; what dstack logs of rejections comes after it, from standard error.
  const { echoed, replayed, differences, outcomes } = JSON.parse(output.split('\n', 1)[0] ?? '') as Printed;
  expect(differences).toEqual([]);
  // Which would also be so if nothing had been compared.
  expect(echoed).toBeGreaterThan(60);
  expect(outcomes['unchanged']).toBeGreaterThan(300);
  expect(outcomes['modified']).toBeGreaterThan(60);
  expect(outcomes['rejected']).toBeGreaterThan(60);
  comeToWhatIsExpected(language, replayed);
}

function comeToWhatIsExpected(language: Answers['language'], replayed: readonly Replayed[]): void {
  const templates = loadTemplates('rest', language);
  let compared = 0;
  for (const policies of fewChoices) {
    for (const { path, contents } of plan(serviceAnswers(language, policies), templates)) {
      if (!path.endsWith('.expected.yml')) continue;
      const name = `${titleOf(policies)}/${path}`;
      const results = replayed
        .filter(({ project, sample }) => `${project}/samples/${sample}.expected.yml` === name)
        .map(resultOf);
      expect(schemaLine + updateExpectation(path, null, results), name).toBe(contents);
      compared += results.length;
    }
  }
  expect(compared).toBeGreaterThan(80);
}
