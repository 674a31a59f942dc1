import type { Answers } from '../answers.ts';
import type { FileToWrite } from '../operations.ts';
import { render } from '../render.ts';
import type { TemplateFile } from '../templates.ts';
import { viewOf } from '../view.ts';

/** The folder of the plugin service that serves a package's policies. */
export const serviceFolder = 'rest';

/** What of a package decides on its plugin service and isn't among the answers. */
export interface PackageFacts {
  /** Which Pythons it is for, such as `>=3.11`; null: any that dstack is for. */
  readonly requiresPython: string | null;
  /** What its configuration says that holds for a plugin service just as well; null where it says nothing. */
  readonly replayAs: readonly string[] | null;
  readonly env: Readonly<Record<string, string>> | null;
  readonly serverEnv: Readonly<Record<string, string>> | null;
  readonly passEnv: readonly string[] | null;
}

/** A package as it is generated. */
export const plainPackage: PackageFacts = {
  requiresPython: null,
  replayAs: null,
  env: null,
  serverEnv: null,
  passEnv: null,
};

/** The oldest Python that dstack is for, and the one that its server's image has, as minor versions of Python 3. */
const oldestPython = 10;
const usualPython = 11;

/** The plugin service that serves a package's policies, in a folder of the package's project. Pure. */
export function serviceFiles(
  answers: Answers,
  facts: PackageFacts,
  templates: readonly TemplateFile[],
): readonly FileToWrite[] {
  const service = serviceAnswers(answers);
  const oldest = /^>=\s*3\.(\d+)(?:\.\d+)?$/.exec(facts.requiresPython?.trim() ?? '')?.[1];
  const minor = Math.max(Number(oldest ?? oldestPython), oldestPython);
  const view = {
    ...viewOf(service, []),
    packaged: { distribution: answers.name },
    carried: {
      replay_as: facts.replayAs === null ? null : [...facts.replayAs],
      env: facts.env === null ? null : { ...facts.env },
      server_env: facts.serverEnv === null ? null : { ...facts.serverEnv },
      pass_env: facts.passEnv === null ? null : [...facts.passEnv],
    },
    pythonVersion: `3.${Math.max(minor, usualPython)}`,
    requiresPython: requirement(facts.requiresPython, oldest, minor),
  };
  return templates.map(({ path, contents }) => ({
    path: `${serviceFolder}/${path.replaceAll('__module__', service.module)}`,
    contents: render(contents, view),
  }));
}

/** uv takes a package only where every Python that is allowed is one of the package's. */
function requirement(written: string | null, oldest: string | undefined, minor: number): string {
  if (written === null || written.trim() === '') return `>=3.${oldestPython}`;
  return oldest === undefined ? `>=3.${oldestPython},${written.trim()}` : `>=3.${minor}`;
}

function serviceAnswers(answers: Answers): Answers {
  return {
    ...answers,
    kind: 'rest',
    name: `${answers.name.toLowerCase().replace(/[-_.]+/g, '-')}-rest`,
    module: `${answers.module}_rest`,
    description: `The policies of ${answers.name}, as a plugin service`,
    policies: [],
    parts: [],
  };
}

/** Whether a name is one that a distribution can have, so that the service can depend on it. */
export function isDistributionName(name: string): boolean {
  return /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(name);
}
