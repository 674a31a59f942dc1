import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderBlock, renderPair } from '../../../src/replay/expectation/yaml.ts';
import type { Json } from '../../../src/replay/model.ts';

describe('a value in an expectation', () => {
  it('stands behind its key where the line keeps to 110 columns', () => {
    expect(renderPair('/configuration/max_duration', { from: 604800, to: 86400 }, 4)).toBe(
      '    /configuration/max_duration: {from: 604800, to: 86400}',
    );
    const to = Array.from({ length: 30 }, (_, index) => `eu-${index}`);
    expect(renderPair('/regions', { from: ['eu-1'], to }, 0)).toBe(
      ['/regions:', '  from: [eu-1]', '  to:', ...to.map((region) => `    - ${region}`)].join('\n'),
    );
    expect(renderPair('k', 'x'.repeat(107), 0)).toHaveLength(110);
  });

  it('is laid out in blocks where it holds a text of several lines', () => {
    expect(
      renderPair('/commands', { to: ['pip install x\npython train.py', 'echo', { a: 'b\nc', d: 1 }] }, 2),
    ).toBe(
      [
        '  /commands:',
        '    to:',
        '      - |-',
        '        pip install x',
        '        python train.py',
        '      - echo',
        '      - a: |-',
        '          b',
        '          c',
        '        d: 1',
      ].join('\n'),
    );
  });

  it('can be made to stand below its key', () => {
    expect(renderBlock('changes', [['/a', { to: 1 }]], 2)).toBe('  changes:\n    /a: {to: 1}');
  });

  it.each([
    'max_price must be set',
    'ml',
    'eu-1',
    '24GB',
    '/a/b',
    '<HF_TOKEN>',
    'über',
    'a"b',
    "it's",
    'a:b',
    'a#b',
  ])('is written plain as %s', (text) => {
    expect(renderPair('k', text, 0)).toBe(`k: ${text}`);
  });

  it.each([
    '',
    ' a',
    'a ',
    '~',
    '-',
    '- a',
    '---',
    '...',
    '*',
    '***',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '"a"',
    "'a'",
    '#a',
    'a #b',
    'a: b',
    'a:',
    ':a',
    '?',
    '? a',
    '[a]',
    'a, b',
    '{a}',
    'true',
    'Yes',
    'no',
    'ON',
    'off',
    'y',
    'N',
    'null',
    'Null',
    '1',
    '-1',
    '+1',
    '0x1F',
    '0o17',
    '017',
    '0b1',
    '1_000',
    '1e3',
    '1.5',
    '.5',
    '-.5',
    '.inf',
    '-.INF',
    '.NaN',
    '12:30',
    '12:30:45',
    '190:20:30.15',
    '2026-11-22',
    '2026-11-22 10:00:00',
    '2026-11-22T10:00:00Z',
    '=',
    '<<',
    '1.',
    '0.22.5',
    '685_230.15',
  ])('is quoted where a reader could misread it: %j', (text) => {
    expect(renderPair('k', text, 0)).toBe(`k: ${JSON.stringify(text)}`);
    expect(renderPair(text, 1, 0)).toBe(`${JSON.stringify(text)}: 1`);
  });

  it('shows what can not be seen', () => {
    expect(renderPair('k', 'a\u202eb\u0007\u0085\u{e0001}\ufeff', 0)).toBe(
      'k: "a\\u202eb\\u0007\\u0085\\U000e0001\\ufeff"',
    );
  });

  const hostile: readonly string[] = [
    '\n',
    'a\n',
    'a\n\n',
    '\na',
    ' a\nb',
    'a \nb',
    'a\n b\n',
    'a\n\nb',
    'a\r\nb',
    'a\tb',
    '\ta\nb',
    'a\nb\t',
    'a\n# b',
    '---\nb',
    'a\n---\n...\nb',
    'a\u2028b',
    'a\u0000\nb',
    '\ud800',
    '😀\n😀',
    '👩‍💻',
    '%TAG\nb',
    'x'.repeat(2000),
    '"\\"',
    '\\n\nb',
    '- a\n- b',
    'a:\n  b',
  ];

  it.each(hostile)('is read back as it was: %j', (text) => {
    const values: readonly Json[] = [
      text,
      [text],
      { [text]: text },
      { a: [{ b: text, c: [] }], d: {} },
      [[text], [[text]]],
    ];
    for (const value of values) {
      for (const version of ['1.1', '1.2'] as const) {
        const yaml = renderPair('k', value, 0);
        expect(parse(yaml, { version })).toEqual({ k: value });
        expect(parse(yaml.replaceAll('\n', '\r\n'), { version })).toEqual({ k: value });
        expect(parse(`-\n${renderPair(text, value, 4)}`, { version })).toEqual([{ [text]: value }]);
      }
    }
  });

  it('keeps keys that JavaScript gives a meaning to', () => {
    const value = JSON.parse('{"__proto__": {"constructor": 1}}') as Json;
    expect(JSON.stringify(parse(renderPair('__proto__', value, 0)))).toBe(
      JSON.stringify({ ['__proto__']: value }),
    );
  });

  it('holds numbers of any size', () => {
    for (const number of [0, -1, 1.5, 1e21, 1e-7, 2 ** 53])
      expect(parse(renderPair('k', number, 0))).toEqual({ k: number });
  });
});
