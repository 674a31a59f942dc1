import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { rewritePth, rewritePython } from '../../src/engine/relocate.ts';

const copy = (original: string) => ({
  folder: '/cache/.building-1/project',
  prefix: '/cache/.building-1/project',
  original,
});

test('a path stays a bare line where every Python reads it alike', () => {
  expect(rewritePth('/cache/.building-1/project/src\n', copy('/home/alice/my plugin'))).toBe(
    '/home/alice/my plugin/src\n',
  );
  expect(rewritePth('import x; x.install()\n', copy('/p'))).toBe('import x; x.install()\n');
});

test.each(['/home/jürgen/p', '/tmp/a "quoted" \\ one', "/tmp/it's", '/tmp/ends with a space ', '/tmp/🦊\n'])(
  'Python reads %j back as it is',
  (original) => {
    const line = rewritePth('/cache/.building-1/project\n', copy(original));
    expect(line.trimEnd().split('\n')).toHaveLength(1);
    const added = line.startsWith('import ')
      ? execFileSync('python3', ['-c', `${line}print(ascii(sys.path[-1]))`], { encoding: 'utf8' })
      : execFileSync('python3', ['-c', 'import sys; print(ascii(sys.argv[1]))', line.slice(0, -1)], {
          encoding: 'utf8',
        });
    const expected = execFileSync('python3', ['-c', 'import sys; print(ascii(sys.argv[1]))', original], {
      encoding: 'utf8',
    });
    expect(added).toBe(expected);

    for (const quote of ['"', "'"]) {
      const code = rewritePython(
        `MAPPING = {'a': ${quote}/cache/.building-1/project/a${quote}}`,
        copy(original),
      );
      const mapped = execFileSync('python3', ['-c', `${code}\nprint(ascii(MAPPING['a'][:-2]))`], {
        encoding: 'utf8',
      });
      expect(mapped).toBe(expected);
    }
  },
);
