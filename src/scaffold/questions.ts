import { basename } from 'node:path';
import { Failure } from '../failure.ts';
import { Back, type Prompts } from '../terminal/prompts.ts';
import { Interrupted } from '../terminal/signals.ts';
import { type Author, defaultDescription } from './answers.ts';
import { kinds, languages } from './choices.ts';
import { type Choices, presetPolicies, type Surroundings } from './decide.ts';
import type { Given } from './flags.ts';
import { placeOf } from './folder.ts';
import { checkName } from './names.ts';
import { filePartsOf, partOf, withNeeds } from './parts.ts';
import { summary } from './summary.ts';
import { checkDescription } from './texts.ts';

type Draft = Partial<Choices>;

/** All that a question may look at. */
interface Asking {
  readonly given: Given;
  readonly author: Author | null;
  readonly prompts: Prompts;
  readonly world: Surroundings;
  readonly draft: Draft;
  /** Whether there is a question before this one. */
  readonly back: boolean;
}

interface Question {
  readonly open: (asking: Asking) => boolean;
  /** What the draft is after the answer. An answer from before is what is offered. */
  readonly ask: (asking: Asking) => Promise<Draft>;
}

const folder: Question = {
  open: ({ given }) => given.place === null,
  ask: async ({ given, draft, prompts, world, back }) => {
    const expanded = (typed: string): string => typed.trim().replace(/^~(?=$|[/\\])/, world.home);
    const typed = await prompts.text({
      message: 'Folder',
      default: draft.place?.shown ?? given.name?.name ?? 'my-plugin',
      refuse: (answer) => refusal(() => placeOf(expanded(answer), world)),
      back,
    });
    const place = placeOf(expanded(typed), world);
    // A name that was taken from another folder isn't offered again.
    const { name: _, ...rest } = draft;
    const same = place.directory === draft.place?.directory;
    return same ? draft : { ...rest, ...(given.name === null ? {} : { name: given.name }), place };
  },
};

const name: Question = {
  open: ({ given }) => given.name === null,
  ask: async ({ draft, prompts, back }) => {
    const offered = checkName(basename(draft.place?.directory ?? ''));
    const typed = await prompts.text({
      message: 'Name of the plugin',
      default: draft.name?.name ?? (offered.ok ? offered.value.name : offered.suggestion),
      refuse: (answer) => {
        const check = checkName(answer.trim());
        return check.ok ? null : `${check.reason} What about "${check.suggestion}"?`;
      },
      back,
    });
    const check = checkName(typed.trim());
    if (!check.ok) throw new Error(`The name ${JSON.stringify(typed)} was refused before`);
    return { ...draft, name: check.value };
  },
};

const description: Question = {
  open: ({ given }) => given.description === null,
  ask: async ({ draft, prompts, back }) => {
    const typed = await prompts.text({
      message: 'Description',
      default: draft.description ?? defaultDescription,
      refuse: (answer) => {
        const check = checkDescription(answer);
        return check.ok ? null : check.reason;
      },
      back,
    });
    return { ...draft, description: typed.trim() };
  },
};

const kind: Question = {
  open: ({ given }) => given.kind === null,
  ask: async ({ given, draft, prompts, back }) => {
    const before = draft.kind === undefined ? {} : { default: draft.kind };
    const chosen = await prompts.choose({ message: 'Kind of plugin', choices: kinds, back, ...before });
    const language = chosen === 'package' ? 'python' : (given.language ?? draft.language);
    return { ...draft, kind: chosen, ...(language === undefined ? {} : { language }) };
  },
};

const language: Question = {
  open: ({ given, draft }) => draft.kind === 'rest' && given.language === null,
  ask: async ({ draft, prompts, back }) => {
    const before = draft.language === undefined ? {} : { default: draft.language };
    const chosen = await prompts.choose({ message: 'Language', choices: languages, back, ...before });
    return { ...draft, language: chosen };
  },
};

const policies: Question = {
  open: ({ given, world }) => given.policies === null && world.policies.length > 0,
  ask: async ({ draft, prompts, world, back }) => {
    const chosen = await prompts.chooseSome({
      message: 'Policies to start with',
      choices: world.policies.map(({ name: value, title, hint }) => ({
        value,
        label: `${value}: ${title}`,
        hint,
      })),
      checked: draft.policies ?? presetPolicies(world.policies),
      back,
    });
    return { ...draft, policies: chosen };
  },
};

const parts: Question = {
  // By itself it isn't worth a question: none is what most want.
  open: ({ given, back }) => given.parts === null && back,
  ask: async ({ draft, prompts, back }) => {
    const { kind = 'package', parts: before = [] } = draft;
    const offered = withNeeds(filePartsOf(kind), kind, true);
    const chosen = await prompts.chooseSome({
      message: 'More parts',
      choices: offered.map((value) => ({ value, label: value, hint: partOf(value).does })),
      checked: before.filter((name) => offered.includes(name)),
      back,
    });
    return { ...draft, parts: chosen };
  },
};

const install: Question = {
  // What can't be installed here isn't offered.
  open: ({ given, draft, world }) => given.install === null && installerOf(draft, world) !== null,
  ask: async ({ draft, prompts, world, back }) => {
    const chosen = await prompts.choose({
      message: 'Install its dependencies now?',
      choices: [
        { value: 'yes', label: `Yes: ${installerOf(draft, world)}` },
        { value: 'no', label: 'No' },
      ],
      default: draft.install === false ? 'no' : 'yes',
      back,
    });
    return { ...draft, install: chosen === 'yes' };
  },
};

const confirmation: Question = {
  // Somebody who has said everything by flags is asked nothing at all.
  open: ({ back }) => back,
  ask: async ({ given, author, draft, prompts, world, back }) => {
    world.say(summary(complete(draft), author, given.dstack, installerOf(draft, world)));
    const chosen = await prompts.choose({
      message: 'Create it?',
      choices: [
        { value: 'yes', label: 'Yes' },
        { value: 'back', label: 'Go back' },
        { value: 'no', label: 'No, leave' },
      ],
      back,
    });
    if (chosen === 'back') throw new Back();
    if (chosen === 'no') throw new Interrupted();
    return draft;
  },
};

const questions: readonly Question[] = [
  folder,
  name,
  description,
  kind,
  language,
  policies,
  parts,
  install,
  confirmation,
];

/**
 * Asks what isn't given, one question after another; at each but the first, the person may go back to the one before. What will be made is
 * shown before the last one.
 *
 * @throws Interrupted if the person leaves
 */
export async function ask(
  given: Given,
  author: Author | null,
  prompts: Prompts,
  world: Surroundings,
): Promise<Choices> {
  let draft = draftOf(given);
  const asked: number[] = [];
  let index = 0;
  let greeted = false;
  for (let question = questions[index]; question !== undefined; question = questions[index]) {
    const asking = { given, author, prompts, world, draft, back: asked.length > 0 };
    if (!question.open(asking)) {
      index += 1;
      continue;
    }
    if (!greeted) world.say(['Enter takes what is offered, Esc goes back, Ctrl+C leaves.']);
    greeted = true;
    try {
      draft = await question.ask(asking);
      asked.push(index);
      index += 1;
    } catch (error) {
      if (!(error instanceof Back)) throw error;
      index = asked.pop() ?? index;
    }
  }
  return complete(draft);
}

function draftOf({ place, name, description, kind, language, policies, parts, install }: Given): Draft {
  return {
    ...(place === null ? {} : { place }),
    ...(name === null ? {} : { name }),
    ...(description === null ? {} : { description }),
    ...(kind === null ? {} : { kind }),
    ...(language === null ? {} : { language }),
    ...(policies === null ? {} : { policies }),
    ...(parts === null ? {} : { parts }),
    ...(install === null ? {} : { install }),
  };
}

function complete({ place, name, description, kind, language, policies, parts, install }: Draft): Choices {
  if (place === undefined || name === undefined || kind === undefined || description === undefined)
    throw new Error('Something was neither given nor asked');
  return {
    place,
    name,
    description,
    kind,
    language: language ?? 'python',
    policies: policies ?? [],
    parts: parts ?? [],
    install: install ?? false,
  };
}

function installerOf({ language }: Draft, world: Surroundings): string | null {
  return world.installer(language ?? 'python');
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
