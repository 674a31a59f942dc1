import { describe, expect, it } from 'vitest';
import { parseReporterFlag, parseReporterFlags } from '../../src/report/reporter-flags.ts';
import { reporterNames } from '../../src/report/reporter-names.ts';
import { reporters } from '../../src/report/reporters.ts';

const all = reporterNames.join(', ');

describe('--reporter', () => {
  it('knows a reporter for every name', () => {
    expect(Object.keys(reporters)).toEqual([...reporterNames]);
  });

  it('takes a name, or a name and a file whose own name may hold =', () => {
    expect(parseReporterFlag('pretty')).toEqual({ name: 'pretty', file: null });
    expect(parseReporterFlag('json=out/a=b.json')).toEqual({ name: 'json', file: 'out/a=b.json' });
  });

  it.each([
    ['jsn', 'There is no reporter "jsn".', `Did you mean json? The reporters are ${all}.`],
    ['JSON=x', 'There is no reporter "JSON".', `Did you mean json? The reporters are ${all}.`],
    ['', 'There is no reporter "".', `The reporters are ${all}.`],
    ['toString', 'There is no reporter "toString".', `The reporters are ${all}.`],
    [
      'json=',
      '--reporter json= names no file.',
      'Write --reporter json=FILE for a file, or --reporter json for standard output.',
    ],
    [
      'json= ',
      '--reporter json= names no file.',
      'Write --reporter json=FILE for a file, or --reporter json for standard output.',
    ],
  ])('refuses %j with what to write instead', (value, message, hint) => {
    expect(() => parseReporterFlag(value)).toThrow(expect.objectContaining({ message, hint, exitCode: 2 }));
  });

  it('shows the pretty report where no reporter is asked for, and where all others go to files', () => {
    expect(parseReporterFlags([], '/p')).toEqual([{ name: 'pretty', file: null }]);
    expect(parseReporterFlags(['json=a.json'], '/p')).toEqual([
      { name: 'pretty', file: null },
      { name: 'json', file: 'a.json' },
    ]);
    expect(parseReporterFlags(['json'], '/p')).toEqual([{ name: 'json', file: null }]);
  });

  it('refuses two reports on standard output', () => {
    expect(() => parseReporterFlags(['pretty', 'json'], '/p')).toThrow(
      expect.objectContaining({
        message: "Two reports can't share standard output: pretty, json.",
        hint: 'Send one of them to a file, such as --reporter json=FILE.',
      }),
    );
    expect(() => parseReporterFlags(['json', 'json'], '/p')).toThrow('standard output');
  });

  it("lets GitHub's commands stand below the pretty report, and below nothing else", () => {
    const both = [
      { name: 'pretty', file: null },
      { name: 'github', file: null },
    ];
    expect(parseReporterFlags(['github'], '/p')).toEqual(both);
    expect(parseReporterFlags(['github', 'pretty'], '/p')).toEqual(both);
    expect(parseReporterFlags(['junit=x.xml', 'github'], '/p')).toEqual([
      ...both,
      { name: 'junit', file: 'x.xml' },
    ]);
    expect(() => parseReporterFlags(['github', 'json'], '/p')).toThrow('standard output');
    expect(() => parseReporterFlags(['github', 'github'], '/p')).toThrow('standard output');
  });

  it('refuses two reports in one file, however it is written', () => {
    expect(() => parseReporterFlags(['json=a.json', 'pretty=./b/../a.json'], '/p')).toThrow(
      "Two reports can't share the file ./b/../a.json.",
    );
    expect(() => parseReporterFlags(['json=a.json', 'pretty=/p/a.json'], '/p')).toThrow('share the file');
  });
});
