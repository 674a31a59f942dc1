import { describe, expect, it } from 'vitest';
import { rendered } from './rendered.ts';

describe('what is filled into a template', () => {
  const nasty = 'a"b\'c\\d\n{{x}}<&>#: ';

  it('is quoted for the language that it lands in, and never for HTML', () => {
    expect(JSON.parse(rendered('{{toml nasty}}', { nasty }))).toBe(nasty);
    expect(JSON.parse(rendered('{{yaml nasty}}', { nasty }))).toBe(nasty);
    expect(rendered('{{py nasty}}', { nasty })).toBe(JSON.stringify(nasty));
  });

  it('is a literal of Python', () => {
    const view = { value: { none: null, yes: true, one: ['a'], two: ['a', 1.5], empty: [] } };
    expect(rendered('{{py value}}', view)).toBe(
      '{"none": None, "yes": True, "one": ("a",), "two": ("a", 1.5), "empty": ()}',
    );
  });

  it('is YAML in one line, as a person would write it', () => {
    const view = { value: { team: null, paths: ['/mnt', 'no: yes'], max_price: 2.5 } };
    expect(rendered('{{setting value}}', view)).toBe(
      '{team: null, paths: ["/mnt", "no: yes"], max_price: 2.5}',
    );
  });

  it.each(['identifier', 'word', 'prose'])('is refused as %s where it would have to be quoted', (quoting) => {
    expect(() => rendered(`{{${quoting} nasty}}`, { nasty })).toThrow("can't stand here unquoted");
  });

  it('has to be there, shown or asked for', () => {
    expect(() => rendered('{{py missing}}', {})).toThrow('missing');
    expect(() => rendered('{{#if missing}}x{{/if}}', {})).toThrow('missing');
    expect(() => rendered('{{missing}}', {})).toThrow('missing');
  });

  it('is imported as the formatter of Python would have it', () => {
    const template = '{{import module ".settings" "Limits, Settings"}}';
    expect(rendered(template, { module: 'acme' })).toBe('from acme.settings import Limits, Settings');
    const module = 'a'.repeat(80);
    expect(rendered(template, { module })).toBe(
      `from ${module}.settings import (\n    Limits,\n    Settings,\n)`,
    );
  });
});
