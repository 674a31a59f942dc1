import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../failure.ts';
import { ownPolicyOf } from '../../scaffold/add/own-policy.ts';
import type { Request } from '../../scaffold/add/plan-addition.ts';
import type { Project } from '../../scaffold/add/project.ts';
import { catalogue } from '../../scaffold/catalogue.ts';
import { type FilePart, type PartName, partOf, parts, withNeeds } from '../../scaffold/parts.ts';
import { recordPath } from '../../scaffold/record.ts';
import { isDistributionName, serviceFolder } from '../../scaffold/service/service-files.ts';
import { nearest } from '../../terminal/nearest.ts';
import { oneOf } from '../../terminal/one-of.ts';
import { printable } from '../../terminal/printable.ts';
import type { Prompts } from '../../terminal/prompts.ts';
import type { AddOptions } from './options.ts';

/**
 * The part that is to be added.
 *
 * @throws Failure with the nearest match, or with the list, where it isn't one
 */
export function partNamed(what: string | null): PartName {
  const found = parts.find(({ name }) => name === what);
  if (found !== undefined) return found.name;
  const width = Math.max(...parts.map(({ name }) => name.length));
  const list = parts.map(({ name, does }) => `${name.padEnd(width)}  ${does}`).join('\n');
  if (what === null)
    throw wrong('missing-part', 'Nothing was named that is to be added.', `There is:\n${list}`);
  const near = nearest(
    what,
    parts.map(({ name }) => name),
  );
  const policy = catalogue.find(({ name }) => name === what);
  throw wrong(
    'wrong-part',
    `There is nothing called "${printable(what)}" to add.`,
    policy !== undefined
      ? `It is a policy: create-dstack-plugin add policy ${policy.name}`
      : `${near === null ? '' : `Did you mean ${near}? `}There is:\n${list}`,
  );
}

/** What every flag is for, so that none is passed over in silence. */
const flagsOf: Readonly<Record<string, readonly PartName[]>> = {
  empty: ['policy'],
  from: ['sample'],
  kind: ['sample'],
  name: ['sample'],
};

/** @throws Failure where something was given that this part doesn't take */
export function refuseStrayOptions(part: PartName, options: AddOptions): void {
  const given = { empty: options.empty, from: options.from, kind: options.kind, name: options.name };
  for (const [flag, value] of Object.entries(given)) {
    if (value === null || flagsOf[flag]?.includes(part)) continue;
    throw wrong(
      'wrong-usage',
      `--${flag} says nothing about ${part}.`,
      `It is for: ${flagsOf[flag]?.join(', ')}`,
    );
  }
  if (part === 'policy' || part === 'sample' || options.names.length === 0) return;
  throw wrong(
    'wrong-usage',
    `${part} takes no names, and "${printable(options.names[0] ?? '')}" is one.`,
    `For example: create-dstack-plugin add ${part}`,
  );
}

/** A request for files alone. */
export function fileRequest(project: Project, part: FilePart): Request {
  const { kind } = project.answers;
  if (!partOf(part).kinds.includes(kind)) {
    throw wrong(
      'wrong-part',
      `${part} is for plugins of the kind ${partOf(part).kinds.join(' or ')}, and ${project.answers.name} is of the kind ${kind}.`,
    );
  }
  if (part === 'rest' && !isDistributionName(project.answers.name)) {
    throw wrong(
      'not-possible',
      `The package has no name that a plugin service could depend on: "${printable(project.answers.name)}" is none.`,
      'Name it under [project] in pyproject.toml, then run this again.',
    );
  }
  return { part, needs: withNeeds([part], kind, project.record.scope === 'project') };
}

/** @throws Failure where a policy isn't known, or the project can't take policies */
export async function policyRequest(
  project: Project,
  { names, empty }: AddOptions,
  prompts: Prompts | null,
): Promise<Request> {
  const { answers, record, layout } = project;
  if (answers.kind === 'rest' && servesPackage(project)) {
    throw wrong(
      'not-possible',
      'This plugin service has no policies of its own: it serves those of the package in the folder above.',
      'Add the policy there: cd .. && npx create-dstack-plugin add policy',
    );
  }
  if (answers.kind === 'rest' && record.scope !== 'project') {
    throw wrong(
      'not-possible',
      'This plugin service was made by something else: how it lists its policies is its own.',
      'Add the policy in its own way; create-dstack-plugin test replays samples through it all the same.',
    );
  }
  if (answers.kind === 'package' && layout.package === null) {
    throw wrong(
      'not-possible',
      `The plugin ${answers.name} isn't a folder with an __init__.py, and policies are modules of their own.`,
      `Move what it is to ${answers.module}/__init__.py, then run this again.`,
    );
  }
  if (empty !== null) {
    if (names.length > 0)
      throw wrong('wrong-usage', '--empty makes one policy, and needs no other name.', undefined);
    return ownRequest(project, empty);
  }
  const all = catalogue.map(({ name }) => name);
  const wanted = names.flatMap((list) => list.split(',')).map((word) => word.trim());
  const chosen = wanted.length > 0 ? wanted : await askPolicies(project, prompts);
  const known =
    chosen.length === 1 && chosen[0] === 'all' ? all : chosen.map((word) => policyNamed(word, all));
  return { part: 'policy', names: all.filter((name) => known.includes(name)) };
}

/** Whether it is the part `rest` of a package's project. */
function servesPackage({ directory, recorded }: Project): boolean {
  const above = join(dirname(directory), recordPath);
  return !recorded && basename(directory) === serviceFolder && existsSync(above);
}

function policyNamed(word: string, all: readonly string[]): string {
  if (all.includes(word) || nearest(word, all) !== null) return oneOf('add policy', word, all);
  throw wrong(
    'wrong-policy',
    `There is no starter policy called "${printable(word)}".`,
    `There is: ${all.join(', ')}.\nFor one of your own: create-dstack-plugin add policy --empty ${ownPolicyOf(word)?.name ?? 'my-policy'}`,
  );
}

async function askPolicies(project: Project, prompts: Prompts | null): Promise<readonly string[]> {
  const left = catalogue.filter(({ name }) => !project.answers.policies.includes(name));
  // Then there is nothing to ask.
  if (left.length === 0) return project.answers.policies;
  if (prompts === null) {
    throw wrong(
      'missing-policy',
      'No policy was named, and nobody is there to be asked.',
      `There is: ${left.map(({ name }) => name).join(', ')}.\nFor one of your own: create-dstack-plugin add policy --empty my-policy`,
    );
  }
  return prompts.chooseSome({
    message: 'Policies to add',
    choices: left.map(({ name, title, hint }) => ({ value: name, label: `${name}: ${title}`, hint })),
    checked: [],
  });
}

function ownRequest({ answers }: Project, typed: string): Request {
  const policy = ownPolicyOf(typed);
  if (policy === null) {
    throw wrong(
      'wrong-name',
      `"${printable(typed)}" can't be the name of a policy: small letters and digits, in words with hyphens.`,
      'For example: --empty idle-gpus',
    );
  }
  if (catalogue.some(({ name }) => name === policy.name)) {
    throw wrong(
      'wrong-name',
      `${policy.name} is a starter policy.`,
      `Add it as it is: create-dstack-plugin add policy ${policy.name}`,
    );
  }
  if (answers.language !== 'python') {
    throw wrong(
      'not-possible',
      `There is no empty policy for ${answers.language === 'go' ? 'Go' : 'TypeScript'}.`,
      'Start from one that is near: copy it, and add it to the list.',
    );
  }
  return { part: 'own-policy', policy };
}

function wrong(code: string, text: string, hint?: string): Failure {
  return new Failure({ code, text, hint });
}
