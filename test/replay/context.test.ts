import { describe, expect, it } from 'vitest';
import { describeContext, formatContext, parseContext, sameContext } from '../../src/replay/context.ts';

describe('a context', () => {
  it('is written as user@project, and read back', () => {
    const context = parseContext('alice@research');
    expect(context).toEqual({ user: 'alice', project: 'research', profile: null });
    expect(context && formatContext(context)).toBe('alice@research');
  });

  it.each(['', 'alice', '@', 'alice@', '@research', 'a@b@c', 'a b@c', 'a@b\n', 'a@\u0007b'])(
    'is refused as %j',
    (text) => {
      expect(parseContext(text)).toBeNull();
    },
  );

  it('names its profile in sentences, and is another one with another profile', () => {
    const plain = { user: 'a', project: 'b', profile: null };
    expect(describeContext(plain)).toBe('a@b');
    expect(describeContext({ ...plain, profile: 'gpu' })).toBe('a@b with the profile gpu');
    expect(sameContext(plain, { ...plain })).toBe(true);
    expect(sameContext(plain, { ...plain, profile: 'gpu' })).toBe(false);
  });
});
