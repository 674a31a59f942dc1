import { describe, expect, test } from 'vitest';
import type { Sample } from '../../src/replay/samples.ts';
import { touched } from '../../src/watch/touched.ts';

const samples: readonly Sample[] = ['train', 'gpu/serve'].map((name) => ({
  path: `samples/${name}.dstack.yml`,
  file: `/p/samples/${name}.dstack.yml`,
  expectationPath: `samples/${name}.expected.yml`,
  expectationFile: `/p/samples/${name}.expected.yml`,
}));

const changed = (path: string) => ({ path, gone: false });

describe('what is replayed again', () => {
  test.each([
    ['a sample', ['samples/train.dstack.yml'], ['samples/train.dstack.yml']],
    ['an expectation', ['samples/gpu/serve.expected.yml'], ['samples/gpu/serve.dstack.yml']],
    [
      'both of a sample, once',
      ['samples/train.expected.yml', 'samples/train.dstack.yml'],
      ['samples/train.dstack.yml'],
    ],
    ['a sample that is new', ['samples/new.dstack.yml'], ['samples/new.dstack.yml']],
  ])('after a change of %s: it alone', (_, paths, expected) => {
    expect(touched(paths.map(changed), samples)).toEqual({ type: 'samples', paths: expected });
  });

  test.each([['src/guard/__init__.py'], ['settings.yml'], ['.dstack/profiles.yml']])(
    'after a change of %s: everything',
    (path) => {
      expect(touched([changed(path), changed('samples/train.dstack.yml')], samples)).toEqual({ type: 'all' });
    },
  );

  test.each([['dstack-plugin.yml'], ['pyproject.toml'], ['uv.lock'], ['requirements/dev.txt']])(
    'after a change of %s: everything, with the engines looked at anew',
    (path) => {
      expect(touched([changed(path), changed('src/x.py')], samples)).toEqual({ type: 'project' });
    },
  );

  test('after a sample went: everything, since what it leaves behind is obsolete', () => {
    expect(touched([{ path: 'samples/train.dstack.yml', gone: true }], samples)).toEqual({ type: 'all' });
  });

  test('after a change of an expectation that belongs to no sample that is watched: nothing', () => {
    expect(touched([changed('samples/other.expected.yml')], samples)).toEqual({ type: 'nothing' });
  });
});
