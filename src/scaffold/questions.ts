import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { oneOf } from '../terminal/one-of.ts';
import { printable } from '../terminal/printable.ts';
import type { Choice, Prompts } from '../terminal/prompts.ts';
import { type Answers, type Author, defaultDescription, type Language } from './answers.ts';
import { checkName, type PluginName } from './names.ts';
import { checkAuthor, checkDescription, checkEmail, type TextCheck } from './texts.ts';

/** What the command line says; null where a flag wasn't given. */
export interface CreateFlags {
  readonly directory: string | null;
  readonly name: string | null;
  readonly kind: string | null;
  readonly language: string | null;
  readonly description: string | null;
  /** The author's name; false: nobody is named. */
  readonly author: string | false | null;
  readonly email: string | null;
  /** As typed, separated by commas; `all` and `none` stand for themselves. */
  readonly policies: readonly string[] | null;
  readonly dstack: string | null;
}

interface PolicyChoice {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
}

/** What the questions need to know of the world. */
export interface Surroundings {
  /** How to ask; null: nobody is there, so defaults stand for what isn't given. */
  readonly prompts: Prompts | null;
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
}

export interface Decision {
  /** Absolute. */
  readonly directory: string;
  /** The same, as the user should read it. */
  readonly shown: string;
  readonly answers: Answers;
}

type Kind = Answers['kind'];

const kinds: readonly Choice<Kind>[] = [
  {
    value: 'package',
    label: 'package',
    hint: 'A Python package that is installed beside the dstack server.',
  },
  {
    value: 'rest',
    label: 'rest',
    hint: "A server that dstack's own rest_plugin calls, in Python, TypeScript or Go.",
  },
];

const languages: readonly Choice<Language>[] = [
  { value: 'python', label: 'Python', hint: "FastAPI, with dstack's own models." },
  { value: 'typescript', label: 'TypeScript', hint: "Hono, on Node's server." },
  { value: 'go', label: 'Go', hint: 'The standard library alone.' },
];

/** What a project gets where nobody chooses, as far as the catalogue has them: guards that nearly every installation wants. */
export const defaultPolicies: readonly string[] = ['no-privileged', 'max-price', 'max-duration'];

/**
 * Decides what to scaffold, by flags first, then by questions, then by defaults. Every flag is checked before the first question, and
 * a folder that can't be used is refused on the spot.
 *
 * @throws Failure where a flag is wrong, or is missing and nobody can be asked
 */
export async function decide(flags: CreateFlags, world: Surroundings): Promise<Decision> {
  const { prompts } = world;
  const given = {
    place: flags.directory === null ? null : placeOf(flags.directory, world),
    name: flags.name === null ? null : nameFlag(flags.name),
    kind: flags.kind === null ? null : kindFlag(flags.kind),
    language: flags.language === null ? null : languageFlag(flags.language),
    policies: flags.policies === null ? null : policiesFlag(flags.policies, world.policies),
    description:
      flags.description === null ? null : textFlag('--description', checkDescription(flags.description)),
    author: authorFlags(flags),
    dstack: flags.dstack === null ? world.dstack : dstackFlag(flags.dstack),
  };
  if (given.kind === 'package') refuseLanguageOfPackage(given.language);
  const place = given.place ?? (await askPlace(prompts, given.name, world));
  const name = given.name ?? (await askName(prompts, basename(place.directory)));
  const kind =
    given.kind ??
    // Only a REST plugin has a language to choose.
    (given.language === null || given.language === 'python' ? null : 'rest') ??
    (await prompts?.choose({ message: 'Kind of plugin', choices: kinds })) ??
    'package';
  const language = kind === 'package' ? 'python' : (given.language ?? (await askLanguage(prompts)));
  const policies = given.policies ?? (await askPolicies(prompts, world.policies));
  return {
    ...place,
    answers: {
      kind,
      language,
      ...name,
      description: given.description ?? defaultDescription,
      author: await given.author(world.author),
      policies: inOrder(policies, world.policies),
      dstack: given.dstack,
      tool: world.tool,
    },
  };
}

interface Place {
  readonly directory: string;
  readonly shown: string;
}

/** @throws Failure where a project can't be written there */
function placeOf(typed: string, world: Surroundings): Place {
  if (typed.trim() === '')
    throw wrong('wrong-directory', 'The folder has no name.', 'Write . for this folder.');
  if (/\p{Cc}/u.test(typed)) {
    throw wrong('wrong-directory', `The folder "${printable(typed)}" has control characters in it.`);
  }
  const directory = resolve(world.workingDirectory, typed);
  const shown = shortPath(directory, world.workingDirectory);
  const obstacle = world.obstacle(directory, shown);
  if (obstacle !== null) throw obstacle;
  return { directory, shown };
}

/** The shorter of the absolute and the relative path, never one that begins with a hyphen. */
function shortPath(directory: string, workingDirectory: string): string {
  const near = relative(workingDirectory, directory) || '.';
  if (isAbsolute(near) || near.length > directory.length) return directory;
  return near.startsWith('-') ? join('.', near).replace(/^-/, './-') : near;
}

async function askPlace(
  prompts: Prompts | null,
  name: PluginName | null,
  world: Surroundings,
): Promise<Place> {
  const suggestion = name?.name ?? 'my-plugin';
  if (prompts === null) {
    throw wrong(
      'missing-directory',
      'No folder was named, and nobody is there to be asked.',
      `Name one: npx create-dstack-plugin ${suggestion}`,
    );
  }
  const expanded = (typed: string): string => typed.trim().replace(/^~(?=$|[/\\])/, world.home);
  const typed = await prompts.text({
    message: 'Folder',
    default: suggestion,
    refuse: (answer) => refusal(() => placeOf(expanded(answer), world)),
  });
  return placeOf(expanded(typed), world);
}

async function askName(prompts: Prompts | null, folder: string): Promise<PluginName> {
  const check = checkName(folder);
  if (prompts === null) {
    if (check.ok) return check.value;
    throw wrong(
      'wrong-name',
      `The folder's name can't be the plugin's name. ${check.reason}`,
      `Give the plugin a name of its own: --name ${check.suggestion}`,
    );
  }
  const typed = await prompts.text({
    message: 'Name of the plugin',
    default: check.ok ? check.value.name : check.suggestion,
    refuse: (answer) => {
      const checked = checkName(answer.trim());
      return checked.ok ? null : `${checked.reason} What about "${checked.suggestion}"?`;
    },
  });
  return nameFlag(typed.trim());
}

async function askLanguage(prompts: Prompts | null): Promise<Language> {
  return (await prompts?.choose({ message: 'Language', choices: languages })) ?? 'python';
}

async function askPolicies(
  prompts: Prompts | null,
  policies: readonly PolicyChoice[],
): Promise<readonly string[]> {
  const preset = policies.map(({ name }) => name).filter((name) => defaultPolicies.includes(name));
  if (prompts === null || policies.length === 0) return preset;
  return prompts.chooseSome({
    message: 'Policies to start with',
    choices: policies.map(({ name, title, hint }) => ({ value: name, label: `${name}: ${title}`, hint })),
    checked: preset,
  });
}

function nameFlag(typed: string): PluginName {
  const check = checkName(typed);
  if (check.ok) return check.value;
  throw wrong('wrong-name', check.reason, `What about --name ${check.suggestion}?`);
}

function textFlag(flag: string, check: TextCheck): string {
  if (check.ok) return check.value;
  throw wrong('wrong-flag', check.reason, `${flag} takes one line.`);
}

/** What the flags say of the author; what they leave open comes from the surroundings. */
function authorFlags(flags: CreateFlags): (known: () => Promise<Author | null>) => Promise<Author | null> {
  if (flags.author === false) return async () => null;
  const name = flags.author === null ? null : textFlag('--author', checkAuthor(flags.author));
  const email = flags.email === null ? null : emailFlag(flags.email);
  return async (known) => {
    if (name !== null && email !== null) return { name, email };
    const author = await known();
    // Somebody else's name doesn't go with the address that Git knows.
    if (name !== null) return { name, email: author?.name === name ? author.email : null };
    if (email === null || author !== null) return author && { ...author, email: email ?? author.email };
    throw wrong('wrong-flag', '--email needs an author.', 'Name one: --author "Jo Doe"');
  };
}

function emailFlag(typed: string): string {
  const check = checkEmail(typed);
  if (check.ok) return check.value;
  throw wrong('wrong-flag', check.reason, 'For example: --email jo@example.com');
}

function kindFlag(typed: string): Kind {
  return oneOf(
    '--kind',
    typed,
    kinds.map(({ value }) => value),
  );
}

function languageFlag(typed: string): Language {
  return oneOf(
    '--language',
    typed,
    languages.map(({ value }) => value),
  );
}

function refuseLanguageOfPackage(language: Language | null): void {
  if (language === null || language === 'python') return;
  throw wrong(
    'wrong-flag',
    `A plugin of the kind package is written in Python, not in ${language}.`,
    `For a server in any language: --kind rest --language ${language}`,
  );
}

function policiesFlag(typed: readonly string[], catalogue: readonly PolicyChoice[]): readonly string[] {
  const names = catalogue.map(({ name }) => name);
  const wanted = typed.flatMap((list) => list.split(',')).map((word) => word.trim());
  if (wanted.length === 1 && wanted[0] === 'none') return [];
  if (wanted.length === 1 && wanted[0] === 'all') return names;
  for (const word of wanted) {
    if (word === 'none' || word === 'all') {
      throw wrong('wrong-flag', `--policies takes "${word}" only by itself.`);
    }
    if (word === '')
      throw wrong('wrong-flag', '--policies has an empty name in it.', 'Write --policies none for none.');
    oneOf('--policies', word, [...names, 'all', 'none']);
  }
  return wanted;
}

function dstackFlag(typed: string): string {
  // A release as PEP 440 writes it. Whether there is such a release is for the package index to say.
  if (/^\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?(?:\.post\d+)?$/.test(typed)) return typed;
  throw wrong(
    'wrong-flag',
    `--dstack takes one version, not "${printable(typed)}".`,
    'For example: --dstack 0.22.5',
  );
}

function inOrder(chosen: readonly string[], catalogue: readonly PolicyChoice[]): readonly string[] {
  return catalogue.map(({ name }) => name).filter((name) => chosen.includes(name));
}

function refusal(attempt: () => unknown): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

function wrong(code: string, text: string, hint?: string): Failure {
  return new Failure({ code, text, hint });
}
