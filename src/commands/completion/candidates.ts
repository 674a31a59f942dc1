/** An option as a command line knows it. */
interface OptionShape {
  readonly long: string;
  readonly short: string | null;
  readonly takesValue: boolean;
  readonly description: string;
}

/** A command and what may follow it. */
export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  readonly commands: readonly CommandShape[];
}

interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What may stand where the cursor is: one of some words, or a file's name. */
export type Completion =
  | { readonly what: 'words'; readonly candidates: readonly Candidate[] }
  | { readonly what: 'files' };

/** Values of options and arguments that take one of a set, by the option's long name or the command's name. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/**
 * What may stand where the cursor is. Pure.
 *
 * @param before the words between the program and the cursor's
 * @param word what is typed of the cursor's
 */
export function completionOf(
  program: CommandShape,
  values: KnownValues,
  before: readonly string[],
  word: string,
): Completion {
  let command = program;
  let positionals = 0;
  let awaited: OptionShape | null = null;
  for (const typed of before) {
    if (awaited !== null) {
      awaited = null;
      continue;
    }
    const option = command.options.find(({ long, short }) => typed === long || typed === short);
    if (option?.takesValue === true) awaited = option;
    if (typed.startsWith('-')) continue;
    const next = positionals === 0 ? command.commands.find(({ name }) => name === typed) : undefined;
    if (next === undefined) positionals += 1;
    else command = next;
  }
  if (awaited !== null) return valuesOf(awaited.long, values, word);
  if (word.startsWith('-')) return optionsOf(command, word);
  const known = positionals === 0 ? valuesOf(command.name, values, word) : null;
  if (known !== null && known.what === 'words') return known;
  const commands = positionals > 0 ? [] : command.commands.filter(({ name }) => name.startsWith(word));
  if (commands.length === 0) return { what: 'files' };
  return {
    what: 'words',
    candidates: commands.map(({ name, description }) => ({ word: name, description })),
  };
}

function optionsOf({ options }: CommandShape, word: string): Completion {
  const candidates = options
    .filter(({ long }) => long.startsWith(word))
    .map(({ long, description }) => ({ word: long, description }));
  return { what: 'words', candidates };
}

/** Values may be a list, separated by commas: the last of it is completed. */
function valuesOf(name: string, values: KnownValues, word: string): Completion {
  const known = values[name];
  if (known === undefined) return { what: 'files' };
  const comma = word.lastIndexOf(',') + 1;
  const candidates = known
    .filter((value) => value.startsWith(word.slice(comma)))
    .map((value) => ({ word: word.slice(0, comma) + value, description: '' }));
  return { what: 'words', candidates };
}
