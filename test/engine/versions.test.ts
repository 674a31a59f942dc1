import { describe, expect, test } from 'vitest';
import { dstackList } from '../../src/engine/dstack-list.ts';
import { narrowed, opposite } from '../../src/replay/expectation/scope.ts';

describe('--dstack takes several', () => {
  test.each([
    ['0.21.2,0.21.3, 0.22.5', ['0.21.2', '0.21.3', '0.22.5']],
    ['>=0.21,<0.22', ['>=0.21,<0.22']],
    ['0.21.2,<0.22', ['0.21.2', '<0.22']],
    ['>=0.21,<0.22,0.22.5', ['>=0.21,<0.22', '0.22.5']],
    ['dstack[server,aws]>=0.21,!=0.21.3', ['dstack[server,aws]>=0.21,!=0.21.3']],
    ['0.22.5,v0.22.5,==0.22.5,dstack==0.22.5', ['0.22.5']],
    ['==0.21.2,==0.21.3', ['==0.21.2', '==0.21.3']],
    ['./dist/dstack-0.22.5-py3-none-any.whl,0.22.4', ['./dist/dstack-0.22.5-py3-none-any.whl', '0.22.4']],
  ])('%s', (typed, items) => {
    expect(dstackList(typed)).toEqual(items);
  });
});

describe('the bounds of an entry', () => {
  test('lie within those that it has', () => {
    expect(narrowed(null, null, null)).toBeNull();
    expect(narrowed('>=0.21,!=0.21.1', '0.21.3', '0.22.0')).toBe('>=0.21.3,!=0.21.1,<0.22.0');
    expect(narrowed('<0.23', '0.22.5+local', null)).toBe('>=0.22.5,<0.23');
  });

  test('have an opposite where PEP 440 has one', () => {
    expect(['<1', '>=1', '==1.*', '~=1.2', '===1'].map(opposite)).toEqual(['>=1', '<1', '!=1.*', null, null]);
  });
});
