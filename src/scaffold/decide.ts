import { basename } from 'node:path';
import { Failure } from '../failure.ts';
import type { Prompts } from '../terminal/prompts.ts';
import { type Answers, type Author, defaultDescription, type Language } from './answers.ts';
import { defaultPolicies, type Kind, type PolicyChoice } from './choices.ts';
import { type CreateFlags, type Given, givenBy, refusePartsOfOther } from './flags.ts';
import type { Place } from './folder.ts';
import { checkName, type PluginName } from './names.ts';
import { type FilePart, withNeeds } from './parts.ts';

/** What decisions need to know of the world. */
export interface Surroundings {
  /** How to ask; null: nobody is there, so defaults stand for what isn't given. */
  readonly prompts: Prompts | null;
  /** Puts lines before the person who is asked. */
  readonly say: (lines: readonly string[]) => void;
  readonly policies: readonly PolicyChoice[];
  readonly workingDirectory: string;
  readonly home: string;
  /** The dstack version that a project starts with unless a flag says otherwise. */
  readonly dstack: string;
  readonly tool: string;
  /** Whom the project names where no flag says it. */
  readonly author: () => Promise<Author | null>;
  /** What keeps a project from being written to a folder (absolute, and as the user reads it). */
  readonly obstacle: (directory: string, shown: string) => Failure | null;
  /** The command that installs a project's dependencies, or null where its tool isn't there. */
  readonly installer: (language: Language) => string | null;
}

export interface Decision extends Place {
  readonly answers: Answers;
  /** Whether the project's dependencies are to be installed. */
  readonly install: boolean;
}

/** What flags, questions and defaults come to. */
export interface Choices {
  readonly place: Place;
  readonly name: PluginName;
  readonly description: string;
  readonly kind: Kind;
  readonly language: Language;
  readonly policies: readonly string[];
  /** Not all may be for this kind, and what they need isn't among them. */
  readonly parts: readonly FilePart[];
  readonly install: boolean;
}

/**
 * Decides what to scaffold, by flags first, then by questions, then by defaults. Every flag is checked before the first question, and
 * a folder that can't be used is refused on the spot.
 *
 * @throws Failure where a flag is wrong, or is missing and nobody can be asked
 */
export async function decide(flags: CreateFlags, world: Surroundings): Promise<Decision> {
  const given = givenBy(flags, world);
  const author = await given.author(world.author);
  const { place, name, install, policies, ...rest } = await choose(given, author, world);
  const chosen = world.policies.map((policy) => policy.name).filter((one) => policies.includes(one));
  refusePartsOfOther(given.parts ?? [], rest.kind);
  const parts = withNeeds(rest.parts, rest.kind, true);
  return {
    ...place,
    answers: {
      ...rest,
      ...name,
      author,
      policies: chosen,
      parts,
      dstack: given.dstack,
      tool: world.tool,
    },
    install,
  };
}

async function choose(given: Given, author: Author | null, world: Surroundings): Promise<Choices> {
  if (world.prompts === null) return byDefault(given, world);
  const { ask } = await import('./questions.ts');
  return ask(given, author, world.prompts, world);
}

function byDefault(given: Given, world: Surroundings): Choices {
  const place = given.place ?? missingFolder(given);
  return {
    place,
    name: given.name ?? nameOfFolder(place),
    description: given.description ?? defaultDescription,
    kind: given.kind ?? 'package',
    language: given.language ?? 'python',
    policies: given.policies ?? presetPolicies(world.policies),
    parts: given.parts ?? [],
    // Without anybody who waits for it, nothing is fetched unless it is asked for.
    install: given.install ?? false,
  };
}

/** What a project gets where nobody chooses. */
export function presetPolicies(policies: readonly PolicyChoice[]): readonly string[] {
  return policies.map(({ name }) => name).filter((name) => defaultPolicies.includes(name));
}

function missingFolder({ name }: Given): never {
  throw new Failure({
    code: 'missing-directory',
    text: 'No folder was named, and nobody is there to be asked.',
    hint: `Name one: npx create-dstack-plugin ${name?.name ?? 'my-plugin'}`,
  });
}

function nameOfFolder({ directory }: Place): PluginName {
  const check = checkName(basename(directory));
  if (check.ok) return check.value;
  throw new Failure({
    code: 'wrong-name',
    text: `The folder's name can't be the plugin's name. ${check.reason}`,
    hint: `Give the plugin a name of its own: --name ${check.suggestion}`,
  });
}
