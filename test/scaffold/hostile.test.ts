import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser, type Label } from 'dockerfile-ast';
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString as textOf } from 'mdast-util-to-string';
import { parse as parseToml } from 'smol-toml';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Answers, Author } from '../../src/scaffold/answers.ts';
import { kinds, languages } from '../../src/scaffold/choices.ts';
import { checkName } from '../../src/scaffold/names.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { readRecord } from '../../src/scaffold/read-record.ts';
import { recordPath } from '../../src/scaffold/record.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { checkDescription } from '../../src/scaffold/texts.ts';
import { shellQuote } from '../../src/terminal/shell.ts';
import { answersFor } from './choices.ts';
import { authors, descriptions } from './hostile-texts.ts';
import { rendered } from './rendered.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const templates = new Map(
  kinds.flatMap(({ value: kind }) =>
    languages.map(({ value: language }) => [`${kind} ${language}`, loadTemplates(kind, language)] as const),
  ),
);

/** The files of a project without policies, by path. */
function filesOf(answers: Pick<Answers, 'kind' | 'language' | 'description'> & { author: Author | null }) {
  const of = templates.get(`${answers.kind} ${answers.language}`);
  if (of === undefined) throw new Error('no such templates');
  const files = plan({ ...answersFor([]), ...answers }, of);
  const byPath = new Map(files.map(({ path, contents }) => [path, contents]));
  return (path: string): string => byPath.get(path) ?? expect.fail(`${path} isn't there`);
}

/** The first paragraph of a README. */
function firstParagraph(markdown: string): string {
  const [heading, paragraph] = fromMarkdown(markdown).children;
  expect([heading?.type, paragraph?.type]).toEqual(['heading', 'paragraph']);
  if (paragraph?.type === 'paragraph')
    expect(paragraph.children.filter(({ type }) => type !== 'text')).toEqual([]);
  return textOf(paragraph);
}

/** The labels of a Dockerfile, as Docker reads what is between double quotes. */
function labelsOf(dockerfile: string): Readonly<Record<string, string>> {
  const labels = DockerfileParser.parse(dockerfile)
    .getInstructions()
    .filter((instruction): instruction is Label => instruction.getKeyword() === 'LABEL');
  const properties = labels.flatMap((label) => label.getProperties());
  return Object.fromEntries(
    properties.map((property) => {
      const raw = property.getUnescapedValue() ?? '';
      expect(raw).toMatch(/^"(?:[^"\\$]|\\["\\$])*"$/);
      return [property.getName().split('.').at(-1) ?? '', raw.slice(1, -1).replace(/\\(["\\$])/g, '$1')];
    }),
  );
}

function mailbox({ name, email }: Author): string {
  return email === null ? name : `${name} <${email}>`;
}

describe('whatever the description and the author are, each file parses and holds them exactly', () => {
  it.each([
    ['package', 'python'],
    ['rest', 'python'],
    ['rest', 'typescript'],
    ['rest', 'go'],
  ] as const)('of a %s in %s', (kind, language) => {
    fc.assert(
      fc.property(descriptions, fc.option(authors), (description, author) => {
        const file = filesOf({ kind, language, description, author });
        const { answers } = readRecord(file(recordPath));
        expect([answers.description, answers.author]).toEqual([description, author]);
        if (language === 'go') return;
        expect(firstParagraph(file('README.md'))).toBe(description);
        if (kind === 'rest') {
          const labels = labelsOf(file('Dockerfile'));
          expect(labels).toEqual({
            title: 'acme-guard',
            description,
            ...(author === null ? {} : { authors: mailbox(author) }),
          });
        }
        const known = author === null ? {} : author.email === null ? { name: author.name } : { ...author };
        if (language === 'typescript') {
          const manifest: unknown = JSON.parse(file('package.json'));
          expect(manifest).toMatchObject({ description, ...(author === null ? {} : { author: known }) });
          return;
        }
        const { project } = parseToml(file('pyproject.toml'));
        expect(project).toMatchObject({ description, ...(author === null ? {} : { authors: [known] }) });
      }),
      { numRuns: 60 },
    );
  });
});

it('an author is one that the metadata of a Python package can name', () => {
  const list = join(folder, 'authors.json');
  const named = fc.sample(authors, 200).filter(({ email }) => email !== null);
  writeFileSync(list, JSON.stringify(named));
  // What hatchling makes of it; it raises where the address is none.
  const script = `
import json, sys
from email.headerregistry import Address
for author in json.load(open(sys.argv[1], encoding="utf-8")):
    address = Address(display_name=author["name"], addr_spec=author["email"])
    assert address.addr_spec == author["email"], author
    assert "\\n" not in str(address), author
print("all")
`;
  expect(execFileSync('python3', ['-c', script, list], { encoding: 'utf8' })).toBe('all\n');
});

describe('whatever the name is, it is refused with a name that is taken, or every file has it', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/),
    fc.constantFrom('con', 'json', '..', '-x', "it's", '$(id)', 'x\ny', 'class', 'é', 'A__b.-C', '1'),
  );

  it('for a thousand names', () => {
    fc.assert(
      fc.property(names, (typed) => {
        const check = checkName(typed);
        if (!check.ok) {
          expect(checkName(check.suggestion).ok).toBe(true);
          return;
        }
        expect(check.value.name).toMatch(/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/);
        expect(check.value.module).toMatch(/^[a-z][a-z0-9_]*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('and the files parse', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,98}[a-z0-9]$/), (typed) => {
        const check = checkName(typed);
        fc.pre(check.ok);
        if (!check.ok) return;
        const files = plan({ ...answersFor([]), ...check.value }, loadTemplates('package'));
        const pyproject = files.find(({ path }) => path === 'pyproject.toml')?.contents ?? '';
        expect(parseToml(pyproject)).toMatchObject({
          project: {
            name: check.value.name,
            'entry-points': { 'dstack.plugins': { [check.value.module]: expect.any(String) } },
          },
        });
      }),
      { numRuns: 40 },
    );
  });
});

/** Two hundred of them, for parsers that are started once. The seed says which. */
function many(): readonly string[] {
  const seed = Date.now() % 2 ** 31;
  console.log(`hostile texts of seed ${seed}`);
  return fc.sample(descriptions, { seed, numRuns: 200 });
}

describe('a value is quoted for its language', () => {
  it('YAML, of both versions', () => {
    const words = fc.constantFrom(...'y n yes no on off true false null yes-no none'.split(' '));
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: descriptions }, words), (value) => {
        for (const version of ['1.1', '1.2'] as const) {
          for (const quoting of ['yaml', 'setting']) {
            const document = parseDocument(rendered(`a: {{${quoting} value}}\nb: 1\n`, { value }), {
              version,
            });
            expect(document.errors).toEqual([]);
            expect(document.toJS()).toEqual({ a: value, b: 1 });
          }
        }
      }),
    );
  });

  it('TypeScript', () => {
    fc.assert(
      fc.property(descriptions, (value) => {
        const text = rendered('export const a = {{ts value}};\n{{constant "b" value}}\n', { value });
        const file = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
        const found = file.statements.map((statement) => {
          const [declared] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
          const literal = declared?.initializer;
          return literal !== undefined && ts.isStringLiteral(literal) ? literal.text : null;
        });
        expect(found).toEqual([value, value]);
      }),
    );
  });

  it('Python, TOML and JSON, as Python reads them', () => {
    const values = many();
    const cases = values.map((value) => ({
      value,
      py: rendered('a = {{py value}}\n', { value }),
      docstring: rendered('"""{{docstring value}}"""\n', { value }),
      toml: rendered('a = {{toml value}}\n', { value }),
      json: rendered('{"a": {{ts value}} }', { value }),
    }));
    const list = join(folder, 'python.json');
    writeFileSync(list, JSON.stringify(cases));
    const script = `
import ast, json, sys
try:
    import tomllib
except ImportError:
    tomllib = None
for case in json.load(open(sys.argv[1], encoding="utf-8")):
    value = case["value"]
    assert ast.literal_eval(ast.parse(case["py"]).body[0].value) == value, case
    assert ast.get_docstring(ast.parse(case["docstring"]), clean=False) == value, case
    assert tomllib is None or tomllib.loads(case["toml"])["a"] == value, case
    assert json.loads(case["json"])["a"] == value, case
print("all")
`;
    expect(execFileSync('python3', ['-c', script, list], { encoding: 'utf8' })).toBe('all\n');
  });

  it.skipIf(process.platform === 'win32')('a shell', () => {
    const values = many();
    const file = join(folder, 'x.sh');
    writeFileSync(file, values.map((value) => `printf '%s\\n' ${shellQuote(value)}\n`).join(''));
    const env = { ...process.env, LC_ALL: 'C' };
    expect(execFileSync('sh', [file], { encoding: 'utf8', env }).split('\n').slice(0, -1)).toEqual(values);
  });

  it.skipIf(!hasGo())('Go, as its own parser reads it (needs Go)', () => {
    const values = many();
    const list = join(folder, 'go.json');
    const cases = values.map((value) => ({ value, source: rendered('{{go value}}', { value }) }));
    writeFileSync(list, JSON.stringify(cases));
    const program = join(folder, 'main.go');
    writeFileSync(
      program,
      `package main

import ("encoding/json"; "fmt"; "go/ast"; "go/parser"; "os"; "strconv")

func main() {
	data, _ := os.ReadFile(os.Args[1])
	var cases []struct{ Value, Source string }
	if err := json.Unmarshal(data, &cases); err != nil { panic(err) }
	for _, one := range cases {
		expression, err := parser.ParseExpr(one.Source)
		if err != nil { panic(err) }
		got, err := strconv.Unquote(expression.(*ast.BasicLit).Value)
		if err != nil || got != one.Value { panic(one.Source) }
	}
	fmt.Println("all")
}
`,
    );
    const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' };
    expect(execFileSync('go', ['run', program, list], { cwd: folder, env, encoding: 'utf8' })).toBe('all\n');
  });
});

it('what would break a line is refused before it lands anywhere', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('\n', '\r', '\0', '\u0085', '\u2028', '\u2029', '\u001b', '\ud800'),
      (bad) => {
        expect(checkDescription(`a${bad}b`).ok).toBe(false);
      },
    ),
  );
});

function hasGo(): boolean {
  try {
    execFileSync('go', ['version']);
    return true;
  } catch {
    return false;
  }
}
