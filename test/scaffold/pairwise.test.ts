import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { filePartsOf, withNeeds } from '../../src/scaffold/parts.ts';
import { installedByPnpm, pack } from '../packed.ts';
import { engineCache } from '../test-cache.ts';
import { checkGo, checkPython, checkTypescript } from './checked.ts';
import { languagesOf } from './combinations.ts';
import { ran } from './dstack-python.ts';
import { goEnvironment, hasGo } from './go.ts';
import { pairwise, type Row } from './pairwise.ts';

/** Every choice that a project can be made by. */
const rows: readonly Row[] = (['package', 'rest'] as const).flatMap((kind) => {
  const optional = filePartsOf(kind).filter((part) => withNeeds([part], kind, true).includes(part));
  return languagesOf(kind).flatMap((language) =>
    ['none', 'one', 'all'].flatMap((policies) =>
      ['npm', 'pnpm'].flatMap((manager) =>
        subsets(optional).map((chosen) => ({
          plugin: `${kind} in ${language}`,
          policies,
          manager,
          ...Object.fromEntries(optional.map((part) => [part, chosen.includes(part) ? 'yes' : 'no'])),
        })),
      ),
    ),
  );
});

function subsets<T>([first, ...others]: readonly T[]): readonly (readonly T[])[] {
  if (first === undefined) return [[]];
  return subsets(others).flatMap((rest) => [rest, [first, ...rest]]);
}

const chosen = pairwise(rows);

it('every pair of choices is in a few of the projects', () => {
  expect(rows.length).toBeGreaterThan(200);
  expect(chosen.length).toBeLessThan(20);
});

describe('a project that the packed tarball generates, installed by npm or pnpm, passes its checks and its replays untouched', {
  timeout: 300_000,
}, () => {
  let folder = '';
  let executables: Readonly<Record<string, string>> = {};
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-pairwise-')));
    const { tarball, executable } = pack(folder);
    executables = { npm: executable, pnpm: installedByPnpm(tarball, join(folder, 'pnpm')) };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const titled = chosen.map((row, index) => [titleOf(row), row, index] as const);
  const ofGo = (row: Row): boolean => row['plugin'] === 'rest in go';

  it.each(titled.filter(([, row]) => !ofGo(row)))('%s', (_, row, index) => holds(row, index));
  it.skipIf(!hasGo).each(titled.filter(([, row]) => ofGo(row)))('%s (needs Go)', (_, row, index) =>
    holds(row, index),
  );

  async function holds(row: Row, index: number): Promise<void> {
    const [kind = '', , language = ''] = row['plugin']?.split(' ') ?? [];
    const work = join(folder, String(index));
    mkdirSync(work);
    const project = join(work, 'acme-guard');
    const executable = executables[row['manager'] ?? ''] ?? '';
    const env = { CREATE_DSTACK_PLUGIN_CACHE: engineCache, ...(language === 'go' ? goEnvironment() : {}) };
    const runs = async (cwd: string, ...args: readonly string[]): Promise<string> => {
      const { code, output } = await ran(executable, args, cwd, env);
      expect(code, `${args.join(' ')}\n${output}`).toBe(0);
      return output;
    };
    const one = catalogue[index % catalogue.length]?.name ?? '';
    const policies = row['policies'] === 'one' ? one : (row['policies'] ?? '');
    const parts = partsOf(row);
    await runs(
      work,
      ...['acme-guard', '--yes', '--no-git', '--kind', kind, '--language', language],
      ...['--policies', policies, ...(parts.length === 0 ? [] : ['--with', parts.join(',')])],
    );
    if (language === 'go') await checkGo(project);
    else if (language === 'typescript') await checkTypescript(project);
    else await checkPython(project, { types: index === firstOfItsTypes(row) });
    for (const place of [project, ...(parts.includes('rest') ? [join(project, 'rest')] : [])]) {
      // Whatever is chosen, a service with all policies is one that has everything to be wrong.
      const contract = kind === 'rest' && policies === 'all' ? ['--contract'] : [];
      const reporters = ['--reporter', 'pretty', '--reporter', 'json=report.json'];
      const output = await runs(place, 'test', ...contract, ...reporters);
      const { summary } = JSON.parse(readFileSync(join(place, 'report.json'), 'utf8')) as Report;
      expect(summary).toMatchObject({ differs: 0, new: 0, errors: 0, findings: 0 });
      expect(summary.passed).toBeGreaterThan(5);
      if (contract.length > 0) expect(output).toMatch(/\d{3} requests, \d+ answers checked/);
    }
  }
});

/** Which project the type checker goes through for those with the same plugin and policies: what else is chosen adds no types to them. */
function firstOfItsTypes({ plugin, policies }: Row): number {
  return chosen.findIndex((other) => other['plugin'] === plugin && other['policies'] === policies);
}

function partsOf(row: Row): readonly string[] {
  return Object.entries(row).flatMap(([name, value]) => (value === 'yes' ? [name] : []));
}

/** `package in python, one policy, with gitlab-ci, by npm` */
function titleOf(row: Row): string {
  const parts = partsOf(row);
  const withParts = parts.length === 0 ? '' : `, with ${parts.join(', ')}`;
  return `${row['plugin']}, policies: ${row['policies']}${withParts}, by ${row['manager']}`;
}
