import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { parseTemplate } from '../../src/scaffold/parse-template.ts';
import { quoting } from '../../src/scaffold/render.ts';
import { fill } from '../../src/scaffold/template.ts';
import { templateTree } from '../../src/scaffold/template-tree.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { viewOf } from '../../src/scaffold/view.ts';
import { combinations } from './combinations.ts';

/** What Handlebars itself makes of a template. */
const oracle = Handlebars.create();
for (const [name, quote] of Object.entries(quoting)) {
  oracle.registerHelper(name, (...values: unknown[]) => Reflect.apply(quote, null, values.slice(0, -1)));
}

/** What was written, by what was parsed of it. */
const texts = new Map(
  readdirSync('templates', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hbs'))
    .map((name) => readFileSync(join('templates', name), 'utf8'))
    .map((text) => [JSON.stringify(parseTemplate(text)), text]),
);

it('every template is filled in as Handlebars does it, for every combination', () => {
  let compared = 0;
  const programs = new Map<string, Handlebars.TemplateDelegate>();
  for (const [title, answers] of combinations) {
    const policies = catalogue.filter(({ name }) => answers.policies.includes(name));
    const { base, parts, policies: own } = loadTemplates(answers.kind, answers.language);
    const needed = policies.flatMap((policy) => ['policies', ...policy.parts]);
    const files = [
      ...base,
      ...needed.flatMap((name) => parts[name] ?? []),
      ...policies.flatMap(({ name }) => own[name] ?? []),
    ];
    const view = viewOf({ ...answers, description: 'a "b"', author: { name: 'Jo', email: null } }, policies);
    for (const { path, contents } of files) {
      if (typeof contents === 'string') continue;
      const text = texts.get(JSON.stringify(contents));
      if (text === undefined) throw new Error(`${path} is no template that was written`);
      const program = programs.get(text) ?? oracle.compile(text, { noEscape: true, strict: true });
      programs.set(text, program);
      expect(fill(contents, view, quoting), `${title}: ${path}`).toBe(program(view));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(500);
});

it('the build keeps all templates as they are parsed here', () => {
  expect(JSON.parse(readFileSync('dist/templates.json', 'utf8'))).toEqual(templateTree());
});

describe('what a template may not do is an error', () => {
  const view = { text: 'x', list: ['a'], nested: { a: null } };

  it.each([
    ['{{text}}', 'shows text without quoting it'],
    ['{{{text}}}', 'shows text without quoting it'],
    ['{{lookup nested "a"}}', 'shows lookup without quoting it'],
    ['{{constructor text}}', 'shows constructor without quoting it'],
    ['{{py nested.b}}', 'missing: nested.b'],
    ['{{py nested.constructor}}', 'missing: nested.constructor'],
    ['{{py list.length}}', 'missing: list.length'],
    ['{{#each list}}{{py ../text}}{{/each}}', 'no PathExpression'],
    ['{{#each list}}{{py @index}}{{/each}}', 'no PathExpression'],
    ['{{#unless text}}{{/unless}}', 'no block unless'],
    ['{{#with nested}}{{/with}}', 'no block with'],
    ['{{#each text}}{{/each}}', 'no block each of string'],
    ['{{> other}}', 'no PartialStatement'],
    ['{{#if text}}', 'Parse error'],
    ['{{#if}}{{/if}}', 'gives if nothing'],
  ])('%s', (template, reason) => {
    expect(() => fill(parseTemplate(template), view, quoting)).toThrow(reason);
  });
});
