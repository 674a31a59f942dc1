import { beforeAll, describe, expect, it } from 'vitest';
import type { Actual } from '../../../src/replay/expectation/expectation.ts';
import { loadPatternsOf } from '../../../src/replay/expectation/pattern.ts';
import type { Versions } from '../../../src/replay/expectation/plan.ts';
import { type Result, updateExpectation } from '../../../src/replay/expectation/update.ts';
import { checkFor } from '../../../src/replay/version-table.ts';

beforeAll(() => loadPatternsOf('message_matches'));

const unchanged: Actual = { outcome: 'unchanged', message: null, changes: {} };
const rejected: Actual = { outcome: 'rejected', message: 'no', changes: {} };
const other: Actual = { outcome: 'rejected', message: 'never', changes: {} };
const crashed: Actual = { outcome: 'crashed', message: 'KeyError', changes: {} };

const ordered = ['0.21.2', '0.21.3', '0.22.5'];

/** What Python says of the clauses that these tests use. */
const said: Readonly<Record<string, readonly boolean[]>> = {
  '<0.21.3': [true, false, false],
  '>=0.21.3': [false, true, true],
  '<0.21': [false, false, false],
  '>=0.21': [true, true, true],
  '!=0.21.3': [true, false, true],
  '==0.20.*': [false, false, false],
  '~=0.20.1': [false, false, false],
};

const versions: Versions = {
  ordered,
  check: (version) => checkFor({ ordered, clauses: new Map(Object.entries(said)) }, version),
};

function results(actuals: readonly Actual[], name = 'admin'): readonly Result[] {
  const context = { user: name, project: 'main', profile: null };
  return actuals.map((actual, index) => ({ context, actual, dstack: ordered[index] ?? '' }));
}

/** Updates, and holds that a second update has nothing to do. */
function update(existing: string | null, all: readonly Result[]): string | null {
  const text = updateExpectation('x.expected.yml', existing, all, versions);
  if (text !== null) expect(updateExpectation('x.expected.yml', text, all, versions)).toBeNull();
  return text;
}

const yaml = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('a first update on several versions', () => {
  it('writes one entry where they agree', () => {
    const all = results([unchanged, unchanged, unchanged]);
    expect(update(null, all)).toBe(yaml('- as: admin@main', '  outcome: unchanged'));
  });

  it('writes one for each group of versions, with bounds between them', () => {
    const all = [
      ...results([rejected, unchanged, unchanged]),
      ...results([rejected, unchanged, unchanged], 'bob'),
    ];
    expect(update(null, all)).toBe(
      yaml(
        '- as: [admin@main, bob@main]',
        '  dstack: <0.21.3',
        '  outcome: rejected',
        '  message: "no"',
        '- as: [admin@main, bob@main]',
        '  dstack: ">=0.21.3"',
        '  outcome: unchanged',
      ),
    );
  });

  it('parts what one version in the middle interrupts', () => {
    const text = update(null, results([unchanged, rejected, unchanged]));
    expect([...(text ?? '').matchAll(/dstack: (.*)/g)].map((match) => match[1])).toEqual([
      '<0.21.3',
      '">=0.21.3,<0.22.5"',
      '">=0.22.5"',
    ]);
  });

  it('leaves a version that crashed with its neighbours', () => {
    expect(update(null, results([unchanged, crashed, unchanged]))).toBe(
      yaml('- as: admin@main', '  outcome: unchanged'),
    );
    expect(update(null, results([crashed, crashed, crashed]))).toBeNull();
  });
});

describe('a later update on several versions', () => {
  it('changes an entry in its place where all its versions agree', () => {
    const existing = yaml(
      '- as: admin@main',
      '  dstack: <0.21.3 # before groups',
      '  outcome: unchanged',
      '- as: admin@main',
      '  dstack: ">=0.21.3"',
      '  outcome: unchanged',
    );
    expect(update(existing, results([rejected, unchanged, unchanged]))).toBe(
      existing.replace('groups\n  outcome: unchanged', 'groups\n  outcome: rejected\n  message: "no"'),
    );
  });

  it('limits an entry that holds on some of its versions, and adds the others below it', () => {
    const existing = yaml(
      '# why',
      '- as: [admin@main, bob@main]',
      '  outcome: rejected',
      '  message_matches: ^n',
    );
    const all = [
      ...results([rejected, unchanged, unchanged]),
      ...results([rejected, unchanged, unchanged], 'bob'),
    ];
    expect(update(existing, all)).toBe(
      yaml(
        '# why',
        '- as: [admin@main, bob@main]',
        '  dstack: <0.21.3',
        '  outcome: rejected',
        '  message_matches: ^n',
        '- as: [admin@main, bob@main]',
        '  dstack: ">=0.21.3"',
        '  outcome: unchanged',
      ),
    );
  });

  it('takes one context out of an entry that still holds for another', () => {
    const existing = yaml('- as: [admin@main, bob@main]', '  outcome: unchanged');
    const all = [
      ...results([rejected, unchanged, unchanged]),
      ...results([unchanged, unchanged, unchanged], 'bob'),
    ];
    expect(update(existing, all)).toBe(
      yaml(
        '- as: bob@main',
        '  outcome: unchanged',
        '- as: admin@main',
        '  dstack: <0.21.3',
        '  outcome: rejected',
        '  message: "no"',
        '- as: admin@main',
        '  dstack: ">=0.21.3"',
        '  outcome: unchanged',
      ),
    );
  });

  it('parts an entry for certain versions within its own bounds', () => {
    const existing = yaml(
      '- as: admin@main',
      '  dstack: ">=0.21.3"',
      '  outcome: rejected',
      '  message: never',
    );
    const text = update(existing, results([other, other, unchanged]));
    expect([...(text ?? '').matchAll(/dstack: (.*)/g)].map((match) => match[1])).toEqual([
      '">=0.21.3,<0.22.5"',
      '">=0.22.5"',
      '<0.21.3',
    ]);
  });

  it('keeps out of the way of entries for versions that were not replayed', () => {
    const existing = (dstack: string): string =>
      yaml('- as: admin@main', `  dstack: ${dstack}`, '  outcome: rejected', '  message: "no"');
    const all = results([unchanged, unchanged, unchanged]);
    const added = (dstack: string): string =>
      yaml('- as: admin@main', `  dstack: ${JSON.stringify(dstack)}`, '  outcome: unchanged');
    expect(update(existing('<0.21'), all)).toBe(existing('<0.21') + added('>=0.21'));
    expect(update(existing('==0.20.*'), all)).toBe(existing('==0.20.*') + added('!=0.20.*'));
    const each = update(existing('~=0.20.1'), all);
    expect([...(each ?? '').matchAll(/dstack: "==(.*)"/g)].map((match) => match[1])).toEqual(ordered);
  });

  it('rather leaves a looser entry alone than makes half of it strict', () => {
    const existing = yaml('- as: [admin@main, bob@main]', '  outcome: rejected', '  message_matches: ^n');
    const all = [
      ...results([rejected, unchanged, unchanged]),
      ...results([rejected, rejected, rejected], 'bob'),
    ];
    expect(() => update(existing, all)).toThrow(
      expect.objectContaining({ code: 'expectation-not-updated', exitCode: 2 }),
    );
  });
});
