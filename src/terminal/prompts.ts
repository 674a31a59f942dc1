import { broken } from './broken.ts';
import { Interrupted, onInterrupt } from './signals.ts';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** A line about the choice, shown while the cursor is on it. */
  readonly hint?: string;
}

/** Thrown where a person wants to go back to the question before. */
export class Back extends Error {
  constructor() {
    super('Back to the question before');
    this.name = 'Back';
  }
}

interface Question {
  readonly message: string;
  /** Whether the person may go back to a question before; then it may throw {@link Back}. */
  readonly back?: boolean;
}

interface TextQuestion extends Question {
  readonly default?: string;
  /** The reason why an answer is refused, or null; the question is asked again. */
  readonly refuse: (answer: string) => string | null;
}

interface ChoiceQuestion<Value extends string> extends Question {
  readonly choices: readonly Choice<Value>[];
  /** What the cursor is on; without it, the first. */
  readonly default?: Value;
}

interface SomeQuestion<Value extends string> extends Question {
  readonly choices: readonly Choice<Value>[];
  readonly checked: readonly Value[];
}

/** How questions are asked. Passed in, so that tests answer with a plain object. Each throws {@link Interrupted} if the person leaves. */
export interface Prompts {
  text(question: TextQuestion): Promise<string>;
  choose<Value extends string>(question: ChoiceQuestion<Value>): Promise<Value>;
  chooseSome<Value extends string>(question: SomeQuestion<Value>): Promise<readonly Value[]>;
}

/** Prompts on this process's terminal. The library behind it is loaded at the first question. */
export const terminalPrompts: Prompts = {
  text: ({ message, default: preset, refuse, back = false }) =>
    ask(back, async (context) => {
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
  choose: ({ message, choices, default: preset, back = false }) =>
    ask(back, async (context) => {
      const { select } = await import('./inquirer.ts');
      return select(
        {
          message,
          choices: choices.map(choiceOf),
          ...(preset === undefined ? {} : { default: preset }),
          loop: false,
          pageSize: Math.max(choices.length, 1),
          theme: themeWith(back),
        },
        context,
      );
    }),
  chooseSome: ({ message, choices, checked, back = false }) =>
    ask(back, async (context) => {
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
          theme: themeWith(back),
        },
        context,
      );
    }),
};

function choiceOf<Value extends string>({ value, label, hint }: Choice<Value>) {
  return { value, name: label, short: value, ...(hint === undefined ? {} : { description: lines(hint) }) };
}

/** The library breaks lines in the middle of words. */
function lines(text: string): string {
  const columns = (promptOutput().columns ?? 80) - 1;
  return broken(text, columns, '').join('\n');
}

/** The line below a list says which keys do what. */
function themeWith(back: boolean) {
  const more: readonly [key: string, action: string][] = back ? [['esc', 'back']] : [];
  return {
    style: {
      keysHelpTip: (keys: readonly [key: string, action: string][]): string =>
        [...keys, ...more].map((words) => words.join(' ')).join(', '),
    },
  };
}

/**
 * Where questions are asked, and where what belongs to them is shown. Standard output is left to the report, unless it is the only one of
 * the two that is a terminal: questions that nobody sees would look as if the program hung.
 */
export function promptOutput(): NodeJS.WriteStream {
  return process.stderr.isTTY ? process.stderr : process.stdout;
}

interface PromptContext {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** Looked at when the question ends: one that was left isn't shown as if it were answered. */
  clearPromptOnDone: boolean;
}

/** Asks one question. */
async function ask<Answer>(
  back: boolean,
  question: (context: PromptContext) => Promise<Answer>,
): Promise<Answer> {
  const output = promptOutput();
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const context: PromptContext = { output, signal: ended.signal, clearPromptOnDone: false };
  // readline waits half a second before it takes an escape for a key: it may be the beginning of another one's code.
  const look = (_: unknown, key: { readonly name?: string } | undefined): void => {
    if (key?.name !== 'escape' || !back) return;
    context.clearPromptOnDone = true;
    ended.abort();
  };
  process.stdin.on('keypress', look);
  // Where the input ends (Ctrl+D closes readline), the library's promise stays open for ever, and the program would end with 0 for want
  // of anything to do (SBoudrias/Inquirer.js#495). `beforeExit` is that moment.
  process.once('beforeExit', end);
  process.stdin.once('end', end);
  const release = onInterrupt(() => output.write('\x1b[?25h\n'));
  try {
    return await question(context);
  } catch (error) {
    if (context.clearPromptOnDone) throw new Back();
    if (error instanceof Error && leaving.has(error.name)) throw new Interrupted();
    throw error;
  } finally {
    release();
    process.stdin.removeListener('keypress', look);
    process.stdin.removeListener('end', end);
    process.removeListener('beforeExit', end);
  }
}

// By name, not by class: the classes would have to be loaded to compare with them.
const leaving: ReadonlySet<string> = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);
