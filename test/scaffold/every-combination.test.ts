import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser } from 'dockerfile-ast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { parse as parseToml } from 'smol-toml';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { copiesSamples, planAddition, type Request } from '../../src/scaffold/add/plan-addition.ts';
import type { Project } from '../../src/scaffold/add/project.ts';
import type { ProjectSamples } from '../../src/scaffold/add/project-samples.ts';
import type { Answers } from '../../src/scaffold/answers.ts';
import type { FileToWrite } from '../../src/scaffold/operations.ts';
import { filePartsOf, isFilePart, parts, withNeeds } from '../../src/scaffold/parts.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { readRecord } from '../../src/scaffold/read-record.ts';
import { recordPath } from '../../src/scaffold/record.ts';
import { plainPackage } from '../../src/scaffold/service/service-files.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { treeOf } from '../executable.ts';
import { combinations } from './combinations.ts';
import { hasGo } from './go.ts';

/** None of the parts that a project can have beside the policies, each alone, and all of them. */
const everyCombination: readonly (readonly [string, Answers])[] = combinations.flatMap(([title, answers]) => {
  const names = filePartsOf(answers.kind);
  const choices = [[], ...names.map((name) => [name]), names].map((wanted) =>
    withNeeds(wanted, answers.kind, true),
  );
  const distinct = new Map(choices.map((choice) => [choice.join('+') || 'none', choice]));
  return [...distinct].map(
    ([name, chosen]) => [`${title}, parts: ${name}`, { ...answers, parts: chosen }] as const,
  );
});

const planned = (answers: Answers): readonly FileToWrite[] =>
  plan(answers, loadTemplates(answers.kind, answers.language));

const folder = mkdtempSync(join(tmpdir(), 'cdp-every-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every part is in a combination of each kind that can have it', () => {
  for (const { name, kinds, from } of parts.filter((part) => isFilePart(part.name))) {
    for (const kind of kinds.filter((one) => !from.includes(one))) {
      const having = everyCombination.filter(
        ([, answers]) => answers.kind === kind && answers.parts.some((one) => one === name),
      );
      expect(having.length, `${name} ${kind}`).toBeGreaterThan(0);
    }
  }
});

/** By content, so that what many combinations share is parsed once. */
const files = new Map<string, { readonly path: string; readonly contents: string; readonly title: string }>();
for (const [title, answers] of everyCombination) {
  for (const { path, contents } of planned(answers))
    files.set(`${path}\0${contents}`, { path, contents, title });
}
const having = (matches: (path: string) => boolean) =>
  [...files.values()].filter(({ path }) => matches(path));

/** The file's last part in a folder of its own, for a parser that reads files. */
function written(
  group: string,
  chosen: readonly { readonly path: string; readonly contents: string }[],
): readonly string[] {
  return chosen.map(({ path, contents }, index) => {
    const file = join(folder, group, String(index), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
    return file;
  });
}

describe('each file of each combination is read by its language’s own parser', () => {
  it('there is a parser for each', () => {
    const known =
      /\.(?:py|toml|ya?ml|json|ts|go|md|mod|sum|typed)$|(?:^|\/)(?:Dockerfile|\.gitignore|(?:Dockerfile)?\.dockerignore|\.python-version)$/;
    expect(having((path) => !known.test(path)).map(({ path }) => path)).toEqual([]);
  });

  it('Python', () => {
    const paths = written(
      'python',
      having((path) => path.endsWith('.py')),
    );
    const program =
      'import ast, pathlib, sys\nfor p in sys.stdin.read().split("\\0"): ast.parse(pathlib.Path(p).read_text("utf-8"), p)\nprint("parsed")';
    expect(paths.length).toBeGreaterThan(50);
    expect(
      execFileSync('python3', ['-W', 'error', '-c', program], { input: paths.join('\0'), encoding: 'utf8' }),
    ).toBe('parsed\n');
  });

  it('TOML', () => {
    const chosen = having((path) => path.endsWith('.toml'));
    for (const { contents } of chosen) expect(parseToml(contents)).toHaveProperty('project');
    expect(chosen.length).toBeGreaterThan(1);
  });

  it('YAML, in one document without warnings', () => {
    for (const { path, contents, title } of having((one) => /\.ya?ml$/.test(one))) {
      const documents = parseAllDocuments(contents, { version: '1.2', strict: true });
      expect(documents, title).toHaveLength(1);
      expect([documents[0]?.errors, documents[0]?.warnings], `${title}: ${path}`).toEqual([[], []]);
    }
  });

  it('JSON', () => {
    for (const { contents } of having((path) => path.endsWith('.json')))
      expect(JSON.parse(contents)).toBeInstanceOf(Object);
  });

  it('TypeScript', () => {
    for (const { path, contents } of having((one) => one.endsWith('.ts'))) {
      const { diagnostics } = ts.transpileModule(contents, {
        fileName: path.replace(/\.d\.ts$/, '.ts'),
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
      });
      expect(
        diagnostics?.map(({ messageText }) => messageText),
        path,
      ).toEqual([]);
    }
  });

  it.skipIf(!hasGo)('Go, as its formatter leaves it (needs Go)', () => {
    const paths = written(
      'go',
      having((path) => path.endsWith('.go')),
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(execFileSync('gofmt', ['-l', ...paths], { encoding: 'utf8' })).toBe('');
  });

  it('Dockerfiles', () => {
    const chosen = having((path) => /(^|\/)Dockerfile$/.test(path));
    for (const { contents, title } of chosen) {
      const instructions = DockerfileParser.parse(contents)
        .getInstructions()
        .map((one) => one.getKeyword());
      expect(
        instructions.filter(
          (word) =>
            !/^(ARG|FROM|LABEL|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD)$/.test(word),
        ),
        title,
      ).toEqual([]);
      expect(instructions).toContain('FROM');
    }
    expect(chosen.length).toBeGreaterThan(3);
  });

  it('Markdown, with its fences closed', () => {
    for (const { contents, title } of having((path) => path.endsWith('.md'))) {
      const { children } = fromMarkdown(contents);
      expect(children[0], title).toMatchObject({ type: 'heading', depth: 1 });
      const last = children.at(-1);
      expect(last?.type, title).toBe('paragraph');
    }
  });
});

/** A project that a plan was written to, as `add` finds it. */
function projectOf(answers: Answers): Project {
  const found = new Map(planned(answers).map(({ path, contents }) => [path, contents]));
  const record = readRecord(found.get(recordPath) ?? '');
  const file = `src/${answers.module}/__init__.py`;
  return {
    directory: '/x',
    shown: '.',
    record,
    recorded: true,
    answers,
    layout: { package: `src/${answers.module}`, tests: 'tests', samples: 'samples' },
    plugin:
      answers.kind === 'package'
        ? { file, module: answers.module, isPackageFile: true, name: 'AcmeGuardPlugin' }
        : null,
    facts: plainPackage,
    read: (path) => found.get(path) ?? null,
  };
}

/** Its samples, where a request copies them. */
function samplesFor(project: Project, request: Request, paths: Iterable<string>): ProjectSamples | null {
  const found = [...paths].filter((path) => path.startsWith('samples/'));
  return copiesSamples(project, request) ? { folder: 'samples', paths: found, unnamed: false } : null;
}

describe('whatever a project was made from', () => {
  it.each(everyCombination)('adding what it has changes nothing: %s', (_, answers) => {
    const templates = loadTemplates(answers.kind, answers.language);
    const project = projectOf(answers);
    const none = { files: [], byHand: [], notes: [] };
    const paths = planned(answers).map(({ path }) => path);
    const requests: readonly Request[] = [
      { part: 'policy', names: answers.policies },
      ...answers.parts.map((part) => ({ part, needs: withNeeds([part], answers.kind, true) })),
    ];
    for (const request of requests) {
      const samples = samplesFor(project, request, paths);
      expect(planAddition(project, request, templates, samples)).toEqual(none);
    }
  });

  it.each(
    everyCombination.flatMap(([title, answers]) =>
      (answers.parts.includes('rest') ? ['policies first', 'parts first'] : ['policies first']).map(
        (order) => [title, order, answers] as const,
      ),
    ),
  )('adding comes to the same as choosing at first: %s, %s', (_, order, answers) => {
    const templates = loadTemplates(answers.kind, answers.language);
    const before = projectOf({ ...answers, policies: [], parts: [] });
    const found = new Map(planned(before.answers).map(({ path, contents }) => [path, contents]));
    const policies: Request = { part: 'policy', names: answers.policies };
    const parts: readonly Request[] = answers.parts.map((part) => ({
      part,
      needs: withNeeds([part], answers.kind, true),
    }));
    for (const request of order === 'policies first' ? [policies, ...parts] : [...parts, policies]) {
      const record = readRecord(found.get(recordPath) ?? '');
      const project = {
        ...before,
        record,
        answers: { ...record.answers, tool: record.tool },
        read: (path: string) => found.get(path) ?? null,
      };
      const samples = samplesFor(project, request, found.keys());
      const { files: added, byHand } = planAddition(project, request, templates, samples);
      expect(byHand).toEqual([]);
      for (const { path, contents } of added) found.set(path, contents);
    }
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(planned(answers).map(({ path, contents }) => [path, contents])),
    );
  });
});

it.each(combinations.filter(([, { kind }]) => kind === 'package'))(
  'the samples of its plugin service are those of a generated one: %s',
  (_, answers) => {
    const samplesIn = (files: readonly FileToWrite[], folder: string) =>
      files
        .filter(({ path }) => path.startsWith(folder))
        .map(({ path, contents }) => [path.slice(folder.length), contents]);
    const served = samplesIn(planned({ ...answers, parts: ['rest'] }), 'rest/samples/');
    expect(served).toEqual(samplesIn(planned({ ...answers, kind: 'rest' }), 'samples/'));
    expect(served.length).toBeGreaterThan(10);
  },
);

/**
 * A tree for each kind and language with everything, and beside it what is different with nothing. What is copied from a template as it
 * stands is left out: there the template is what a reviewer sees. Expectations are the same in every language.
 */
describe('a change of a template is seen in review, in what it generates', () => {
  const kept = new Set<string>();
  const whole = everyCombination.filter(([title]) =>
    /policies: all, parts: .*gitlab-ci.*pre-commit/.test(title),
  );
  const bare = everyCombination.filter(([title]) => title.endsWith('policies: none, parts: none'));

  it('there is one of each kind and language', () => {
    expect([whole.length, bare.length]).toEqual([4, 4]);
  });

  it.each([...whole, ...bare])('%s', async (_, answers) => {
    const { base, parts: shared, added, service, policies } = loadTemplates(answers.kind, answers.language);
    const templates = [base, shared, added, service, policies].flatMap((one) => Object.values(one)).flat();
    const verbatim = new Set(
      templates.map((file) => file.contents).filter((text) => typeof text === 'string'),
    );
    const size = answers.policies.length === 0 ? 'nothing' : 'everything';
    const most = new Set(
      whole
        .filter(([, one]) => one.kind === answers.kind && one.language === answers.language)
        .flatMap(([, one]) => planned(one).map(({ path, contents }) => `${path}\0${contents}`)),
    );
    for (const { path, contents } of planned(answers)) {
      // The record names the hashes of the others.
      if (path === recordPath || verbatim.has(contents)) continue;
      // Those of a plugin service, which has the trees of its own kind.
      if (path.startsWith('rest/samples/')) continue;
      if (size === 'nothing' && most.has(`${path}\0${contents}`)) continue;
      const tree = path.startsWith('samples/') ? answers.kind : `${answers.kind}-${answers.language}`;
      // With an ending that no tool of this repository takes for a file of its own.
      const file = `${tree}-${size}/${path}.snap`;
      kept.add(file);
      await expect(contents).toMatchFileSnapshot(`__generated__/${file}`);
    }
  });

  it('and what is generated no more isn’t kept', () => {
    const there = treeOf(fileURLToPath(new URL('__generated__', import.meta.url)));
    expect(there.filter((path) => !path.endsWith('/'))).toEqual([...kept].sort());
  });
});
