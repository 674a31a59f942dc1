import { describe, expect, it } from 'vitest';
import { render } from '../../src/scaffold/render.ts';

describe('what is filled into a template', () => {
  const nasty = 'a"b\'c\\d\n{{x}}<&>#: ';

  it('is quoted for the language that it lands in, and never for HTML', () => {
    expect(JSON.parse(render('{{toml nasty}}', { nasty }))).toBe(nasty);
    expect(JSON.parse(render('{{yaml nasty}}', { nasty }))).toBe(nasty);
    expect(render('{{py nasty}}', { nasty })).toBe(JSON.stringify(nasty));
  });

  it('is a literal of Python', () => {
    const view = { value: { none: null, yes: true, one: ['a'], two: ['a', 1.5], empty: [] } };
    expect(render('{{py value}}', view)).toBe(
      '{"none": None, "yes": True, "one": ("a",), "two": ("a", 1.5), "empty": ()}',
    );
  });

  it('is YAML in one line, as a person would write it', () => {
    const view = { value: { team: null, paths: ['/mnt', 'no: yes'], max_price: 2.5 } };
    expect(render('{{setting value}}', view)).toBe(
      '{team: null, paths: ["/mnt", "no: yes"], max_price: 2.5}',
    );
  });

  it.each(['identifier', 'word', 'prose'])('is refused as %s where it would have to be quoted', (quoting) => {
    expect(() => render(`{{${quoting} nasty}}`, { nasty })).toThrow("can't stand here unquoted");
  });

  it('has to be there, shown or asked for', () => {
    expect(() => render('{{py missing}}', {})).toThrow('missing');
    expect(() => render('{{#if missing}}x{{/if}}', {})).toThrow('missing');
    expect(() => render('{{missing}}', {})).toThrow('missing');
  });

  it('is imported as the formatter of Python would have it', () => {
    const template = '{{import module ".settings" "Limits, Settings"}}';
    expect(render(template, { module: 'acme' })).toBe('from acme.settings import Limits, Settings');
    const module = 'a'.repeat(80);
    expect(render(template, { module })).toBe(
      `from ${module}.settings import (\n    Limits,\n    Settings,\n)`,
    );
  });
});
