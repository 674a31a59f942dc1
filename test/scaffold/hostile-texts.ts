import fc from 'fast-check';
import { checkAuthor, checkDescription, type TextCheck } from '../../src/scaffold/texts.ts';

/** What one language or another takes for something else than text. */
const fragments = [
  '"',
  '"""',
  "'",
  "'''",
  '\\',
  '\\n',
  '\\u0041',
  '`',
  '$HOME',
  '${'.concat('x}'),
  '${'.concat('{ github.ref }}'),
  '$(id)',
  '{{x}}',
  '{{{x}}}',
  '{%',
  '#',
  '# x',
  '- x',
  '+ x',
  '=',
  '1. x',
  '2) x',
  '> x',
  '| x |',
  '~~~',
  '***',
  '__x__',
  ' __x__ ',
  '[x](y)',
  '![x](y)',
  '[^1]',
  '<b>',
  '<!--',
  ']]>',
  '&amp;',
  '&#38;',
  '*/',
  '//',
  '/*',
  '<<EOF',
  ': ',
  ' #',
  '!!python/object',
  '%TAG',
  '@x',
  '*x',
  '&x',
  '?',
  '~',
  'null',
  'true',
  '0x1',
  '  ',
  '\u00a0',
  '\u00e9',
  'e\u0301',
  '\u4e2d',
  '\u{1f600}',
  '\u{1f468}\u200d\u{1f469}',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufffe',
  '\u200b',
  '\u{e0041}',
  '\u{10ffff}',
];

const anyText = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary' }), fc.lorem({ maxCount: 2 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((pieces) => pieces.join(''));

function taken(check: (typed: string) => TextCheck): fc.Arbitrary<string> {
  return anyText
    .map(check)
    .filter((checked) => checked.ok)
    .map((checked) => (checked.ok ? checked.value : ''));
}

/** Any description that is taken. */
export const descriptions = taken(checkDescription);

/** Any author that is taken. */
export const authors = fc.record({
  name: taken(checkAuthor),
  email: fc.option(fc.constantFrom("o'neil+x@example.com", '#!$%&*=?^_`{|}~-/@x-1.y', 'jo@localhost')),
});
