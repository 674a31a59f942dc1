import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readExpectation } from '../../src/replay/expectation/read.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { answersFor, choices, titleOf } from './choices.ts';

const templates = loadTemplates('package');
/** What it says, whatever needs quotes in it. */
const yamlOf = (text: string): unknown => parseAllDocuments(text).map((document) => document.toJS());
const planned = (policies: readonly string[]) => plan(answersFor(policies), templates);

describe('the plan of a package project', () => {
  it('is the same for the same answers, and asks nothing of the world', () => {
    const all = catalogue.map(({ name }) => name);
    expect(planned(all)).toEqual(planned(all));
  });

  it('has what every project needs', () => {
    const paths = planned([]).map(({ path }) => path);
    expect(paths).toEqual([
      '.create-dstack-plugin.json',
      '.github/workflows/replay.yml',
      '.gitignore',
      '.python-version',
      'README.md',
      'dstack-plugin.yml',
      'pyproject.toml',
      ...['fleet', 'gateway', 'notebook', 'serve', 'train', 'volume'].flatMap((name) => [
        `samples/${name}.dstack.yml`,
        `samples/${name}.expected.yml`,
      ]),
      'src/acme_guard/__init__.py',
      'src/acme_guard/py.typed',
      'tests/__init__.py',
      'tests/test_plugin.py',
    ]);
  });

  it('has a module, a test and settings for a policy, in the order of the catalogue whatever the answers say', () => {
    const files = new Map(planned(['max-price', 'no-privileged']).map((file) => [file.path, file.contents]));
    for (const path of [
      'src/acme_guard/policies/__init__.py',
      'src/acme_guard/policies/max_price.py',
      'src/acme_guard/settings.py',
      'tests/test_max_price.py',
      'tests/test_settings.py',
    ]) {
      expect([...files.keys()]).toContain(path);
    }
    const plugin = files.get('src/acme_guard/__init__.py') ?? '';
    expect(plugin.indexOf('NoPrivileged(),')).toBeGreaterThan(0);
    expect(plugin.indexOf('MaxPrice(settings),')).toBeGreaterThan(plugin.indexOf('NoPrivileged(),'));
  });

  it('has no settings where no chosen policy has one', () => {
    const paths = planned(['no-privileged', 'https-services']).map(({ path }) => path);
    expect(paths.filter((path) => path.includes('settings'))).toEqual([]);
  });

  it('keeps to the settings of the chosen policies', () => {
    const limits = (policies: readonly string[]): string[] => {
      const settings = planned(policies).find(({ path }) => path.endsWith('/settings.py'))?.contents ?? '';
      return [...settings.matchAll(/^ {4}(\w+): .* = Field\(/gm)].map(([, name]) => name ?? '');
    };
    for (const { name, setting } of catalogue) {
      expect(limits([name]), name).toEqual(setting === null ? [] : [setting.name]);
    }
  });

  it('names the dstack version and the tool’s exact version', () => {
    const files = new Map(planned([]).map((file) => [file.path, file.contents]));
    expect(files.get('dstack-plugin.yml')).toContain('\ndstack: ["0.22.5"]\n');
    expect(files.get('pyproject.toml')).toContain('"dstack==0.22.5"');
    expect(files.get('.github/workflows/replay.yml')).toContain('npx --yes create-dstack-plugin@1.2.3 test');
  });

  it.each([
    ['acme_guard', 'AcmeGuardPlugin'],
    ['acme_plugin', 'AcmePlugin'],
    ['plugin', 'PluginPlugin'],
    ['a_1', 'A1Plugin'],
    ['_1', 'Plugin1Plugin'],
    ['x'.repeat(100), 'PoliciesPlugin'],
  ])('names the class of %s so that it hides nothing of dstack’s', (module, className) => {
    const files = plan({ ...answersFor([]), module }, templates);
    const contents = files.find(({ path }) => path === `src/${module}/__init__.py`)?.contents;
    expect(contents).toContain(`class ${className}(Plugin):`);
    expect(files.find(({ path }) => path === 'pyproject.toml')?.contents).toContain(
      `"${module}" = "${module}:${className}"`,
    );
  });

  it('refuses a policy that nobody has heard of', () => {
    expect(() => planned(['no-such-policy'])).toThrow('no-such-policy');
  });

  it.each(choices.map((policies) => [titleOf(policies), policies] as const))(
    'makes whole files for %s',
    (_, policies) => {
      const files = planned(policies);
      const paths = files.map(({ path }) => path);
      expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
      for (const { path, contents } of files) {
        expect(path).toMatch(/^[\w.-]+(\/[\w.-]+)*$/);
        expect(path).not.toMatch(/__module__|\.hbs$/);
        expect(contents, path).not.toMatch(/\{\{[#/&\w~]|undefined|\[object/);
        expect(contents, path).toMatch(/^$|[^\n]\n$/);
        if (path.endsWith('.toml')) parseToml(contents);
        if (path.endsWith('.yml')) {
          const documents = parseAllDocuments(contents);
          expect(documents, path).toHaveLength(1);
          expect(documents[0]?.errors, path).toEqual([]);
        }
        if (path.endsWith('.expected.yml')) expect(readExpectation(path, contents).entries).not.toEqual([]);
      }
    },
  );
});

describe.each(['python', 'typescript', 'go'] as const)('the plan of a REST project in %s', (language) => {
  const rest = loadTemplates('rest', language);
  const of = (policies: readonly string[]) => plan({ ...answersFor(policies), kind: 'rest', language }, rest);

  it('has what every plugin service needs', () => {
    const paths = of([]).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        '.dockerignore',
        '.github/workflows/replay.yml',
        '.gitignore',
        'Dockerfile',
        'README.md',
        'compose.yaml',
        'dstack-plugin.yml',
      ]),
    );
  });

  it('has the samples of the package, byte by byte', () => {
    const samples = (files: readonly { path: string; contents: string }[]) =>
      files.filter(({ path }) => path.endsWith('.dstack.yml'));
    for (const policies of choices) expect(samples(of(policies))).toEqual(samples(planned(policies)));
  });

  it('expects what the package does, with the words that dstack puts before a message', () => {
    const files = new Map(
      planned(catalogue.map(({ name }) => name)).map((file) => [file.path, file.contents]),
    );
    for (const { path, contents } of of(catalogue.map(({ name }) => name))) {
      if (!path.endsWith('.expected.yml')) continue;
      const [ours, theirs] = [contents, files.get(path) ?? ''].map(
        (text) => readExpectation(path, text).entries,
      );
      const plain = JSON.stringify(ours).replaceAll('Apply request rejected: ', '');
      // Lines differ where a longer message is folded.
      const withoutLines = (text: string): string => text.replace(/"(line|lines)":\d+/g, '');
      expect(withoutLines(plain)).toBe(withoutLines(JSON.stringify(theirs)));
    }
  });

  it.each(choices.map((policies) => [titleOf(policies), policies] as const))(
    'makes whole files for %s',
    (_, policies) => {
      for (const { path, contents } of of(policies)) {
        expect(path).toMatch(/^[\w.-]+(\/[\w.-]+)*$/);
        expect(path).not.toMatch(/__module__|\.hbs$/);
        expect(contents, path).toMatch(/^$|[^\n]\n$/);
        if (path.endsWith('.toml')) parseToml(contents);
        if (!/\.ya?ml$/.test(path)) continue;
        expect(
          parseAllDocuments(contents).flatMap(({ errors }) => errors),
          path,
        ).toEqual([]);
      }
    },
  );
});

describe('the catalogue', () => {
  it('shows for each policy a sample that it acts on and one that it leaves alone', () => {
    for (const policy of catalogue) {
      const samples = planned([policy.name]).filter(({ path }) => path.endsWith('.expected.yml'));
      const outcomes = samples.flatMap(({ contents }) => contents.match(/outcome: \w+/g) ?? []);
      expect(outcomes, policy.name).toContain('outcome: unchanged');
      expect(
        outcomes.some((outcome) => outcome !== 'outcome: unchanged'),
        policy.name,
      ).toBe(true);
    }
  });

  it('speaks of samples that the project has', () => {
    for (const { name, effects, contexts } of catalogue) {
      const paths = planned([name]).map(({ path }) => path);
      for (const sample of [...effects.map((effect) => effect.sample), ...Object.keys(contexts)]) {
        expect(paths, name).toContain(`samples/${sample}.dstack.yml`);
      }
    }
  });

  it('lets no two policies write one field', () => {
    const owners = new Map<string, string>();
    for (const { name, effects } of catalogue) {
      for (const pointer of effects.flatMap(({ changes }) => Object.keys(changes ?? {}))) {
        expect(owners.get(pointer) ?? name).toBe(name);
        owners.set(pointer, name);
      }
    }
  });
});

describe('the plans of all kinds', () => {
  it("have the same samples and expectations, but for dstack's words before a service's message", () => {
    const prefix = 'Apply request rejected: ';
    for (const policies of choices) {
      const samplesOf = (files: readonly { path: string; contents: string }[]) =>
        Object.fromEntries(
          files
            .filter(({ path }) => path.startsWith('samples/'))
            .map(({ path, contents }) => [path, yamlOf(contents.replaceAll(prefix, ''))]),
        );
      const expected = samplesOf(planned(policies));
      for (const language of ['python', 'typescript', 'go'] as const) {
        const answers = { ...answersFor(policies), kind: 'rest', language } as const;
        const files = plan(answers, loadTemplates('rest', language));
        expect(samplesOf(files), `${language}, ${titleOf(policies)}`).toEqual(expected);
        const rejecting = files.filter(({ contents }) => contents.includes('outcome: rejected'));
        for (const { contents, path } of rejecting) expect(contents, path).toContain(`"${prefix}`);
      }
    }
  });
});
