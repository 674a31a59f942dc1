import { describe, expect, test } from 'vitest';
import type { Replay } from '../../src/replay/model.ts';
import { prettyReport } from '../../src/report/pretty.ts';
import { versionChanges } from '../../src/report/version-changes.ts';
import { change, replay, report } from './reports.ts';

const versions = ['0.20.0', '0.21.2', '0.21.3', '0.22.5'];

/** One replay on each version. */
function on(...results: readonly Partial<Replay>[]): readonly Replay[] {
  return results.map((result, index) => replay({ dstack: versions[index] ?? '', ...result }));
}

const rejected = { outcome: 'rejected', message: 'no' } as const;
const unchanged = { outcome: 'unchanged' } as const;
const modified = (to: number) =>
  ({ outcome: 'modified', changes: [change('/configuration/max_price', 7, to)] }) as const;

describe('a change between versions', () => {
  test.each([
    [on(rejected, rejected, unchanged, unchanged), ['rejected up to 0.21.2, unchanged since 0.21.3']],
    [
      on(unchanged, rejected, rejected, unchanged),
      ['unchanged up to 0.20.0, rejected from 0.21.2 to 0.21.3, unchanged since 0.22.5'],
    ],
    [on(modified(2), modified(3)), ['modified up to 0.20.0, modified in another way since 0.21.2']],
    [
      on(rejected, { ...rejected, message: 'never' }),
      ['rejected up to 0.20.0, rejected with another message since 0.21.2'],
    ],
    [on({ outcome: 'crashed', message: 'line 3' }, { outcome: 'crashed', message: 'line 4' }), []],
    [on(rejected, rejected, rejected, rejected), []],
  ])('is said with the versions on both sides of it (%#)', (replays, texts) => {
    expect(versionChanges(replays)).toEqual(texts);
  });

  test('names the contexts that it is about, unless it is about all', () => {
    const as = (user: string, ...results: readonly Partial<Replay>[]) =>
      on(...results).map((each) => ({ ...each, user }));
    expect(versionChanges([...as('a', rejected, unchanged), ...as('b', rejected, unchanged)])).toEqual([
      'rejected up to 0.20.0, unchanged since 0.21.2',
    ]);
    expect(versionChanges([...as('a', rejected, unchanged), ...as('b', unchanged, unchanged)])).toEqual([
      'as a@main: rejected up to 0.20.0, unchanged since 0.21.2',
    ]);
  });

  test('stands below its sample and in the sums, though every replay passed', () => {
    const text = prettyReport(report({ replays: on(rejected, unchanged) }), { columns: 100, colour: false });
    expect(text).toContain('    rejected up to 0.20.0, unchanged since 0.21.2\n');
    expect(text).toContain('2 passed, 1 sample changes between versions · 2 replays');
    expect(text).toContain('dstack 0.20.0, 0.21.2');
  });
});
