import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { defaultDescription } from '../../src/scaffold/answers.ts';
import { starterPolicies } from '../../src/scaffold/catalogue.ts';
import { defaultPolicies } from '../../src/scaffold/choices.ts';
import { decide, type Surroundings } from '../../src/scaffold/decide.ts';
import type { CreateFlags } from '../../src/scaffold/flags.ts';
import { Back, type Prompts } from '../../src/terminal/prompts.ts';

const policies = ['no-privileged', 'instance-volumes', 'max-price', 'max-duration'].map((name) => ({
  name,
  title: name,
  hint: name,
}));
const noFlags: CreateFlags = {
  directory: null,
  name: null,
  kind: null,
  language: null,
  description: null,
  author: null,
  email: null,
  policies: null,
  dstack: null,
  with: null,
  install: null,
};
const world: Surroundings = {
  prompts: null,
  policies,
  workingDirectory: '/home/me/work',
  home: '/home/me',
  dstack: '0.22.5',
  tool: '1.2.3',
  author: async () => null,
  say: () => {},
  installer: () => null,
  obstacle: () => null,
};

interface Person {
  readonly prompts: Prompts;
  /** What was asked, with what was offered. */
  readonly asked: string[];
  /** The reasons for which answers were refused. */
  readonly refusals: string[];
}

/** Answers from a list for each question; the next one of the list when an answer is refused; null takes what is offered. */
function person(
  answers: Readonly<Record<string, readonly (string | null)[]>>,
  chosen: readonly string[] | null = null,
  choose: readonly string[] = [],
): Person {
  const asked: string[] = [];
  const refusals: string[] = [];
  return {
    asked,
    refusals,
    prompts: {
      async text({ message, default: preset = '', refuse }) {
        asked.push(`${message} (${preset})`);
        for (const answer of answers[message] ?? [null]) {
          const given = answer ?? preset;
          const reason = refuse(given);
          if (reason === null) return given;
          refusals.push(reason);
        }
        throw new Error(`no answer to ${message} was taken`);
      },
      async choose({ message, choices }) {
        asked.push(`${message} [${choices.map(({ value }) => value)}]`);
        const taken = choices.find(({ value }) => choose.includes(value)) ?? choices[0];
        if (taken === undefined) throw new Error('nothing to choose');
        return taken.value;
      },
      async chooseSome({ message, choices, checked }) {
        asked.push(`${message} [${checked}]`);
        return chosen === null
          ? checked
          : choices.map(({ value }) => value).filter((value) => chosen.includes(value));
      },
    },
  };
}

async function failureOf(
  flags: Partial<CreateFlags>,
  surroundings: Partial<Surroundings> = {},
): Promise<Failure> {
  const error = await decide({ ...noFlags, ...flags }, { ...world, ...surroundings }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure; // the line above has made sure
}

it('the policies that a project gets unasked are in the catalogue', () => {
  const names = starterPolicies.map(({ name }) => name);
  expect(defaultPolicies.filter((name) => !names.includes(name))).toEqual([]);
});

describe('where nobody can be asked', () => {
  it('a folder is enough, and defaults stand for the rest', async () => {
    expect(await decide({ ...noFlags, directory: './x/Acme_Guard' }, world)).toEqual({
      directory: '/home/me/work/x/Acme_Guard',
      shown: 'x/Acme_Guard',
      answers: {
        kind: 'package',
        language: 'python',
        name: 'acme-guard',
        module: 'acme_guard',
        description: defaultDescription,
        author: null,
        policies: ['no-privileged', 'max-price', 'max-duration'],
        parts: [],
        dstack: '0.22.5',
        tool: '1.2.3',
      },
      install: false,
    });
  });

  it('without a folder nothing is made up: the argument is named, with a command to try', async () => {
    const failure = await failureOf({ name: 'acme-guard' });
    expect(failure.exitCode).toBe(2);
    expect(failure.hint).toBe('Name one: npx create-dstack-plugin acme-guard');
  });

  it("a folder whose name can't be the plugin's needs --name", async () => {
    const failure = await failureOf({ directory: '/tmp/My Plugin' });
    expect(failure.message).toContain("PyPI doesn't take");
    expect(failure.hint).toContain('--name my-plugin');
  });

  it('the plugin takes the name of the folder that `.` is', async () => {
    const { shown, answers } = await decide({ ...noFlags, directory: '.' }, world);
    expect([shown, answers.name]).toEqual(['.', 'work']);
  });

  it.each([
    ['acme', 'acme'],
    ['../acme', '../acme'],
    ['/tmp/acme', '/tmp/acme'],
    ['/home/me/work/acme/', 'acme'],
    ['./-acme', './-acme'],
  ])('the folder %s is shown as %s', async (directory, shown) => {
    expect((await decide({ ...noFlags, directory, name: 'acme' }, world)).shown).toBe(shown);
  });

  it.each([
    [{ directory: '' }, 'no name'],
    [{ directory: 'a\nb' }, 'control characters'],
    [{ directory: 'a', name: '../evil' }, 'is a path'],
    [{ directory: 'a', name: '/abs' }, 'is a path'],
    [{ directory: 'a', name: 'json' }, 'standard library'],
    [{ directory: 'a', kind: 'pakage' }, '--kind doesn\'t take "pakage"'],
    [{ directory: 'a', kind: 'rest', language: 'rust' }, '--language doesn\'t take "rust"'],
    [{ directory: 'a', kind: 'package', language: 'go' }, 'is written in Python, not in go'],
    [{ directory: 'a', policies: ['max-prise'] }, '--policies doesn\'t take "max-prise"'],
    [{ directory: 'a', policies: ['all', 'max-price'] }, 'by itself'],
    [{ directory: 'a', policies: [''] }, 'empty name'],
    [{ directory: 'a', dstack: '>=0.22' }, 'one version'],
    [{ directory: 'a', dstack: 'latest' }, 'one version'],
  ])('%j is refused', async (flags, reason) => {
    const failure = await failureOf(flags);
    expect(failure.message).toContain(reason);
    expect(failure.exitCode).toBe(2);
  });

  it('the nearest match is offered', async () => {
    expect((await failureOf({ directory: 'a', policies: ['max-prise'] })).hint).toBe(
      'Did you mean max-price?',
    );
    expect((await failureOf({ directory: 'a', kind: 'pakage' })).hint).toBe('Did you mean package?');
  });

  it.each([
    [['none'], []],
    [['all'], ['no-privileged', 'instance-volumes', 'max-price', 'max-duration']],
    [
      ['max-price, no-privileged', 'max-price'],
      ['no-privileged', 'max-price'],
    ],
  ])('--policies %j gives %j, in the order of the catalogue', async (typed, expected) => {
    const { answers } = await decide({ ...noFlags, directory: 'a', policies: typed }, world);
    expect(answers.policies).toEqual(expected);
  });

  it.each([
    [{ kind: 'rest' }, ['rest', 'python']],
    [{ kind: 'rest', language: 'typescript' }, ['rest', 'typescript']],
    [{ language: 'go' }, ['rest', 'go']],
    [{ language: 'python' }, ['package', 'python']],
    [{ kind: 'package', language: 'python' }, ['package', 'python']],
  ])('%j makes a plugin of this kind and language: %j', async (flags, expected) => {
    const { answers } = await decide({ ...noFlags, directory: 'a', ...flags }, world);
    expect([answers.kind, answers.language]).toEqual(expected);
  });

  it('what is in the way of the folder is said before anything is asked', async () => {
    const obstacle = new Failure({ code: 'folder-in-the-way', text: "a isn't empty: x." });
    const { prompts, asked } = person({});
    expect(await failureOf({ directory: 'a' }, { prompts, obstacle: () => obstacle })).toBe(obstacle);
    expect(asked).toEqual([]);
  });
});

describe('where somebody is there', () => {
  it('folder, name, kind and policies are asked, with defaults that follow from the answers', async () => {
    const { prompts, asked } = person({ Folder: ['~/My Guard'] });
    const decision = await decide(noFlags, { ...world, prompts });
    expect(asked).toEqual([
      'Folder (my-plugin)',
      'Name of the plugin (my-guard)',
      `Description (${defaultDescription})`,
      'Kind of plugin [package,rest]',
      'Policies to start with [no-privileged,max-price,max-duration]',
      'More parts []',
      'Create it? [yes,back,no]',
    ]);
    expect(decision.directory).toBe('/home/me/My Guard');
    expect(decision.answers.name).toBe('my-guard');
  });

  it('of a REST plugin the language is asked too, before the policies', async () => {
    const { prompts, asked } = person({}, [], ['rest', 'go']);
    const { answers } = await decide(
      { ...noFlags, directory: 'acme', name: 'acme', description: 'x' },
      { ...world, prompts },
    );
    expect(asked.map((question) => question.split(' [')[0])).toEqual([
      'Kind of plugin',
      'Language',
      'Policies to start with',
      'More parts',
      'Create it?',
    ]);
    expect([answers.kind, answers.language]).toEqual(['rest', 'go']);
  });

  it.each([
    [{ kind: 'rest', language: 'typescript' }, ['Policies to start with']],
    [{ language: 'go' }, ['Policies to start with']],
    [{ kind: 'rest' }, ['Language', 'Policies to start with']],
  ])('with %j only %j is asked', async (flags, questions) => {
    const { prompts, asked } = person({});
    const given = { ...noFlags, directory: 'a', name: 'acme', description: 'x', ...flags };
    await decide(given, { ...world, prompts });
    const last = ['More parts', 'Create it?'];
    expect(asked.map((question) => question.split(' [')[0])).toEqual([...questions, ...last]);
  });

  it('more parts are chosen with what they need, and asked for where a flag names none', async () => {
    const some = person({}, ['compose', 'rest']);
    const given = { ...noFlags, directory: 'a', policies: ['none'] };
    const { answers } = await decide(given, { ...world, prompts: some.prompts });
    expect(answers.parts).toEqual(['docker', 'compose', 'rest']);
    const flagged = person({});
    await decide({ ...given, with: ['rest'] }, { ...world, prompts: flagged.prompts });
    expect(flagged.asked.join()).not.toContain('More parts');
  });

  it('parts that were chosen for another kind of plugin aren’t taken along', async () => {
    const kinds = ['package', 'rest'];
    let asked = 0;
    const { prompts } = person({}, ['docker', 'pre-commit']);
    const { answers } = await decide(
      { ...noFlags, directory: 'a', name: 'acme', description: 'x', language: 'python', policies: ['none'] },
      {
        ...world,
        prompts: {
          ...prompts,
          choose: async ({ message, choices }) => {
            if (message === 'Create it?' && asked === 1) throw new Back();
            const wanted = message === 'Kind of plugin' ? kinds[asked++] : 'yes';
            const taken = choices.find(({ value }) => value === wanted);
            if (taken === undefined) throw new Error(`${message} has no ${wanted}`);
            return taken.value;
          },
          chooseSome: async (question) => {
            if (asked === 1 && question.checked.length > 0) throw new Back();
            return prompts.chooseSome(question);
          },
        },
      },
    );
    expect([answers.kind, answers.parts]).toEqual(['rest', ['pre-commit']]);
  });

  it('what a flag says is not asked', async () => {
    const { prompts, asked } = person({});
    await decide(
      { ...noFlags, directory: 'a', name: 'acme', description: 'x', kind: 'package', policies: ['none'] },
      { ...world, prompts },
    );
    expect(asked).toEqual([]);
  });

  it('a wrong flag is refused before the first question', async () => {
    const { prompts, asked } = person({});
    await failureOf({ policies: ['x'] }, { prompts });
    expect(asked).toEqual([]);
  });

  it('a refused name is asked again, with the reason and a suggestion', async () => {
    const { prompts, refusals } = person({ 'Name of the plugin': ['json', 'dstack', ' Acme '] });
    const decision = await decide({ ...noFlags, directory: 'a' }, { ...world, prompts });
    expect(refusals).toEqual([
      '"json" is a module of Python\'s standard library. What about "json-plugin"?',
      '"dstack" is dstack itself, which the plugin would shadow. What about "dstack-plugin"?',
    ]);
    expect(decision.answers.name).toBe('acme');
  });

  it('a folder that is in use is asked again', async () => {
    const { prompts, refusals } = person({ Folder: ['used', 'free'] });
    const obstacle = (directory: string): Failure | null =>
      directory.endsWith('used') ? new Failure({ code: 'x', text: "used isn't empty: x." }) : null;
    const decision = await decide(noFlags, { ...world, prompts, obstacle });
    expect(refusals).toEqual(["used isn't empty: x."]);
    expect(decision.shown).toBe('free');
  });

  it('policies come in the order of the catalogue, and may be none', async () => {
    const some = person({}, ['max-duration', 'no-privileged']);
    expect((await decide(noFlags, { ...world, prompts: some.prompts })).answers.policies).toEqual([
      'no-privileged',
      'max-duration',
    ]);
    const none = person({}, []);
    expect((await decide(noFlags, { ...world, prompts: none.prompts })).answers.policies).toEqual([]);
  });
});
