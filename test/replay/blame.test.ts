import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/engine/protocol.ts';
import { blameFor } from '../../src/replay/blame.ts';
import { createMask } from '../../src/replay/mask.ts';
import type { Json } from '../../src/replay/model.ts';
import { toReplay } from '../../src/replay/verdicts.ts';
import { answerWith, chain, circumstancesWith, fact } from './answers.ts';

const before: Json = { configuration: { max_price: 7.5, tags: { team: 'ml' }, max_duration: 604800 } };
const price: Json = { configuration: { max_price: 2, tags: { team: 'ml' }, max_duration: 604800 } };
const priceAndTag: Json = { configuration: { max_price: 2, tags: { team: 'ai' }, max_duration: 604800 } };
const other: Json = { configuration: { max_price: 3, tags: { team: 'ai' }, max_duration: 604800 } };

function blame(steps: readonly Step[]): (pointer: string) => unknown {
  return blameFor(before, steps, chain, 'run');
}

describe('a change', () => {
  it('is the policy’s that made it, at the hook that dstack calls for this kind of spec', () => {
    const of = blame([
      { policy: 0, dump: price },
      { policy: 1, dump: priceAndTag },
    ]);
    expect(of('/configuration/max_price')).toEqual({ name: 'acme.First', file: 'src/acme.py', line: 10 });
    expect(of('/configuration/tags/team')).toEqual({ name: 'acme.Second', file: 'src/acme.py', line: 30 });
  });

  it('that two policies wrote names both, with the place of the last', () => {
    const of = blame([
      { policy: 0, dump: priceAndTag },
      { policy: 1, dump: other },
    ]);
    expect(of('/configuration/max_price')).toEqual({
      name: 'acme.First, then acme.Second',
      file: 'src/acme.py',
      line: 30,
    });
  });

  it('by a policy from outside of the project has a name and no place', () => {
    expect(blame([{ policy: 2, dump: price }])('/configuration/max_price')).toEqual({
      name: 'other.Policy',
      file: null,
      line: null,
    });
  });

  it('is found where a policy wrote above or below it', () => {
    const list = { configuration: { groups: [{ name: 'a', gpu: 1 }] } };
    const of = blameFor({ configuration: {} }, [{ policy: 0, dump: list }], chain, 'run');
    expect(of('/configuration/groups')).toMatchObject({ name: 'acme.First' });
    expect(of('/configuration/groups/a')).toMatchObject({ name: 'acme.First' });
  });

  it('that only the second parse shows is the only acting policy’s, and nobody’s among several', () => {
    expect(blame([{ policy: 0, dump: price }])('/configuration/groups/a')).toMatchObject({
      name: 'acme.First',
    });
    const several = blame([
      { policy: 0, dump: price },
      { policy: 1, dump: priceAndTag },
    ]);
    expect(several('/configuration/groups/a')).toBeNull();
    expect(blame([])('/configuration/max_price')).toBeNull();
  });
});

describe('a replay', () => {
  const about = circumstancesWith({ mask: createMask(['secret-name']), chain });

  it('says who made each change, under pointers that are masked', () => {
    const tags = (name: string): Json => ({ configuration: { tags: { [name]: 'x' } } });
    const replay = toReplay(
      answerWith({
        before: { configuration: {} },
        after: tags('secret-name'),
        steps: [{ policy: 1, dump: tags('secret-name') }],
      }),
      about,
    );
    expect(replay.changes).toEqual([
      {
        path: '/configuration/tags/***',
        to: 'x',
        policy: { name: 'acme.Second', file: 'src/acme.py', line: 30 },
      },
    ]);
  });

  it('that came out otherwise policy by policy than by dstack’s own function blames nobody', () => {
    const replay = toReplay(
      answerWith({
        before,
        after: price,
        steps: [{ policy: 0, dump: price }],
        facts: [fact('walk-differs', { policy: null })],
      }),
      about,
    );
    expect(replay.changes).toMatchObject([{ path: '/configuration/max_price', policy: null }]);
    expect(replay.findings).toMatchObject([{ code: 'plan-apply-differ', severity: 'error' }]);
  });

  it('that was rejected names the policy, relative to the project', () => {
    const by = { name: 'acme.First', file: '/srv/acme/src/acme.py', line: 12 };
    const rejected = answerWith({ outcome: 'rejected', message: 'no', after: null, policy: by });
    expect(toReplay(rejected, about).by).toEqual({ ...by, file: 'src/acme.py' });
  });

  it('that dstack refuses names whoever changed something', () => {
    const steps = [
      { policy: 0, dump: price },
      { policy: 1, dump: priceAndTag },
    ];
    const invalid = answerWith({ outcome: 'invalid', message: 'tags', after: null, steps });
    expect(toReplay(invalid, about).by).toMatchObject({ name: 'acme.First, then acme.Second', line: 30 });
  });
});
