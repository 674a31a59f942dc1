import { describe, expect, it } from 'vitest';
import { checkName, suggestName } from '../../src/scaffold/names.ts';

describe('a name that is taken', () => {
  it.each([
    ['acme-guard', 'acme-guard', 'acme_guard'],
    ['Acme_Guard', 'acme-guard', 'acme_guard'],
    ['acme.guard--x', 'acme-guard-x', 'acme_guard_x'],
    ['a', 'a', 'a'],
    ['guard2', 'guard2', 'guard2'],
    ['match', 'match', 'match'],
    ['dstack-guard', 'dstack-guard', 'dstack_guard'],
    ['x'.repeat(100), 'x'.repeat(100), 'x'.repeat(100)],
  ])('%s becomes the distribution %s and the module %s', (typed, name, module) => {
    expect(checkName(typed)).toEqual({ ok: true, value: { name, module } });
  });
});

describe('a name that is refused, with the reason and a name that would do', () => {
  it.each([
    ['', 'empty', 'my-plugin'],
    ['  ', 'empty', 'my-plugin'],
    ['---', 'Nothing is left', 'my-plugin'],
    ['._.', 'Nothing is left', 'my-plugin'],
    ['..', 'is a path', 'my-plugin'],
    ['.', 'is a path', 'my-plugin'],
    ['../evil', 'is a path', 'evil'],
    ['/etc/passwd', 'is a path', 'passwd'],
    ['C:\\temp\\guard', 'is a path', 'guard'],
    ['a/b', 'is a path', 'b'],
    ['@acme/guard', 'is a path', 'guard'],
    ['guard\n', 'control characters', 'guard'],
    ['gu\u001b[31mard', '\\x1b', 'gu-31mard'],
    ['my plugin', "PyPI doesn't take", 'my-plugin'],
    ['-guard', "PyPI doesn't take", 'guard'],
    ['guard.', "PyPI doesn't take", 'guard'],
    ['Été', "that PyPI doesn't take", 'ete'],
    ['план', "that PyPI doesn't take", 'my-plugin'],
    ['3guards', 'digit', 'dstack-3guards'],
    ['42', 'digit', 'dstack-42'],
    ['class', 'keyword', 'class-plugin'],
    ['Async', 'keyword', 'async-plugin'],
    ['dstack', 'dstack itself', 'dstack-plugin'],
    ['DSTACK', 'dstack itself', 'dstack-plugin'],
    ['rest_plugin', 'brings along', 'rest-plugin-plugin'],
    ['json', 'standard library', 'json-plugin'],
    ['cProfile', 'standard library', 'cprofile-plugin'],
    ['annotationlib', 'standard library', 'annotationlib-plugin'],
    ['distutils', 'standard library', 'distutils-plugin'],
    ['test', 'Python brings', 'test-plugin'],
    ['tests', 'folder or file', 'tests-plugin'],
    ['vendor', 'Go imports nothing', 'vendor-plugin'],
    ['off', 'YAML', 'off-plugin'],
    ['nul', 'Windows', 'nul-plugin'],
    ['COM1', 'Windows', 'com1-plugin'],
    ['pytest', 'needs the package', 'pytest-plugin'],
    ['x'.repeat(101), 'longer than 100', 'x'.repeat(86)],
  ])('%j', (typed, reason, suggestion) => {
    const check = checkName(typed);
    expect(check).toMatchObject({ ok: false, suggestion });
    expect(check.ok ? '' : check.reason).toContain(reason);
    expect(check.ok ? '' : check.reason).not.toMatch(/\p{Cc}/u);
  });

  it('suggests only names that it takes itself', () => {
    for (const typed of [
      '',
      '\u0000',
      '///',
      'con',
      'import',
      '9',
      'é'.repeat(300),
      '-'.repeat(300),
      '\ud800',
      'a'.repeat(85) + '-'.repeat(9),
    ]) {
      expect(checkName(suggestName(typed))).toMatchObject({ ok: true });
    }
  });
});
