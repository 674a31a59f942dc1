import { Failure } from '../failure.ts';
import { oneOf } from '../terminal/one-of.ts';
import { printable } from '../terminal/printable.ts';
import type { Author, Language } from './answers.ts';
import { type Kind, kinds, languages, type PolicyChoice } from './choices.ts';
import type { Surroundings } from './decide.ts';
import { type Place, placeOf } from './folder.ts';
import { checkName, type PluginName } from './names.ts';
import { type FilePart, filePartsOf, partOf } from './parts.ts';
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
  /** Parts, as typed, separated by commas. */
  readonly with: readonly string[] | null;
  readonly install: boolean | null;
}

/** What the flags come to; null where they leave it open. */
export interface Given {
  readonly place: Place | null;
  readonly name: PluginName | null;
  readonly description: string | null;
  readonly kind: Kind | null;
  readonly language: Language | null;
  readonly policies: readonly string[] | null;
  readonly dstack: string;
  readonly parts: readonly FilePart[] | null;
  /** The author, which the flags may leave to what Git knows. */
  readonly author: (known: () => Promise<Author | null>) => Promise<Author | null>;
  readonly install: boolean | null;
}

/**
 * Checks every flag.
 *
 * @throws Failure where one is wrong, or a folder that it names can't be used
 */
export function givenBy(flags: CreateFlags, world: Surroundings): Given {
  const place = flags.directory === null ? null : placeOf(flags.directory, world);
  const name = flags.name === null ? null : nameFlag(flags.name);
  const kind = flags.kind === null ? null : kindFlag(flags.kind);
  const language = flags.language === null ? null : languageFlag(flags.language);
  if (kind === 'package') refuseLanguageOfPackage(language);
  const parts = flags.with === null ? null : partsFlag(flags.with);
  if (kind !== null) refusePartsOfOther(parts ?? [], kind);
  return {
    place,
    name,
    // Only a REST plugin has a language to choose.
    kind: kind ?? (language === null || language === 'python' ? null : 'rest'),
    language: kind === 'package' ? 'python' : language,
    policies: flags.policies === null ? null : policiesFlag(flags.policies, world.policies),
    dstack: flags.dstack === null ? world.dstack : dstackFlag(flags.dstack),
    description:
      flags.description === null ? null : textFlag('--description', checkDescription(flags.description)),
    parts,
    author: authorFlags(flags),
    install: flags.install,
  };
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

function partsFlag(typed: readonly string[]): readonly FilePart[] {
  const names = filePartsOf('package');
  return typed
    .flatMap((list) => list.split(','))
    .map((word) => {
      const part = word.trim();
      if (part === 'policy')
        throw wrong('wrong-flag', 'Policies have a flag of their own.', '--policies max-price');
      if (part === 'sample') {
        throw wrong(
          'wrong-flag',
          'A new project has samples of every kind.',
          'Add yours when it is there: npx create-dstack-plugin add sample',
        );
      }
      return oneOf('--with', part, names);
    });
}

/** @throws Failure where a part isn't for plugins of that kind */
export function refusePartsOfOther(chosen: readonly FilePart[], kind: Kind): void {
  const stray = chosen.find((name) => !partOf(name).kinds.includes(kind));
  if (stray === undefined) return;
  throw wrong(
    'wrong-flag',
    `--with ${stray} is for plugins of the kind ${partOf(stray).kinds.join(' or ')}, not for ${kind}.`,
  );
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

function wrong(code: string, text: string, hint?: string): Failure {
  return new Failure({ code, text, hint });
}
