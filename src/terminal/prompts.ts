import { Interrupted, onInterrupt } from './signals.ts';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** A line about the choice, shown while the cursor is on it. */
  readonly hint?: string;
}

interface TextQuestion {
  readonly message: string;
  readonly default?: string;
  /** The reason why an answer is refused, or null; the question is asked again. */
  readonly refuse: (answer: string) => string | null;
}

interface ChoiceQuestion<Value extends string> {
  readonly message: string;
  readonly choices: readonly Choice<Value>[];
}

interface OneChoiceQuestion<Value extends string> extends ChoiceQuestion<Value> {
  /** Where the cursor is at first; the first choice without it. */
  readonly default?: Value;
}

/** How questions are asked. Passed in, so that tests answer with a plain object. Each throws {@link Interrupted} if the person leaves. */
export interface Prompts {
  text(question: TextQuestion): Promise<string>;
  choose<Value extends string>(question: OneChoiceQuestion<Value>): Promise<Value>;
  chooseSome<Value extends string>(
    question: ChoiceQuestion<Value> & { readonly checked: readonly Value[] },
  ): Promise<readonly Value[]>;
}

/** Prompts on this process's terminal. The library behind it is loaded at the first question. */
export const terminalPrompts: Prompts = {
  text: ({ message, default: preset, refuse }) =>
    ask(async (context) => {
      const { input } = await import('./inquirer.ts');
      return input(
        {
          message,
          ...(preset === undefined ? {} : { default: preset }),
          validate: (answer) => refuse(answer) ?? true,
        },
        context,
      );
    }),
  choose: ({ message, choices, default: preset }) =>
    ask(async (context) => {
      const { select } = await import('./inquirer.ts');
      return select(
        {
          message,
          choices: choices.map(choiceOf),
          loop: false,
          ...(preset === undefined ? {} : { default: preset }),
        },
        context,
      );
    }),
  chooseSome: ({ message, choices, checked }) =>
    ask(async (context) => {
      const { checkbox } = await import('./inquirer.ts');
      return checkbox(
        {
          message,
          choices: choices.map((choice) => ({
            ...choiceOf(choice),
            checked: checked.includes(choice.value),
          })),
          loop: false,
          pageSize: Math.max(choices.length, 1),
        },
        context,
      );
    }),
};

function choiceOf<Value extends string>({ value, label, hint }: Choice<Value>) {
  return { value, name: label, short: value, ...(hint === undefined ? {} : { description: hint }) };
}

interface PromptContext {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Where questions are asked, and what they are about is shown. Standard output is left to the report, unless it is the only one of the two
 * that is a terminal: questions that nobody sees would look as if the program hung.
 */
export function promptOutput(): NodeJS.WriteStream {
  return process.stderr.isTTY ? process.stderr : process.stdout;
}

/** Asks one question. */
async function ask<Answer>(question: (context: PromptContext) => Promise<Answer>): Promise<Answer> {
  const output = promptOutput();
  const ended = new AbortController();
  const end = (): void => ended.abort();
  // Where the input ends (Ctrl+D closes readline), the library's promise stays open for ever, and the program would end with 0 for want
  // of anything to do (SBoudrias/Inquirer.js#495). `beforeExit` is that moment.
  process.once('beforeExit', end);
  process.stdin.once('end', end);
  const release = onInterrupt(() => output.write('\x1b[?25h\n'));
  try {
    return await question({ output, signal: ended.signal });
  } catch (error) {
    if (error instanceof Error && leaving.has(error.name)) throw new Interrupted();
    throw error;
  } finally {
    release();
    process.stdin.removeListener('end', end);
    process.removeListener('beforeExit', end);
  }
}

// By name, not by class: the classes would have to be loaded to compare with them.
const leaving: ReadonlySet<string> = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);
