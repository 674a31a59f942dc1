import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { catalogue } from '../../src/scaffold/catalogue.ts';
import { filePartsOf, partOf, withNeeds } from '../../src/scaffold/parts.ts';
import { installedByPnpm, pack } from '../packed.ts';
import { engineCache } from '../test-cache.ts';
import { checkGo, checkPython, checkTypescript } from './checked.ts';
import { languagesOf } from './combinations.ts';
import { ran } from './dstack-python.ts';
import { goEnvironment, hasGo } from './go.ts';
import { pairwise, type Row } from './pairwise.ts';

/** Every choice that a project can be made by: of parts that build upon each other only the last has to be chosen. */
const rows: readonly Row[] = (['package', 'rest'] as const).flatMap((kind) => {
  const optional = filePartsOf(kind).filter((part) => withNeeds([part], kind, true).includes(part));
  const needed = optional.flatMap((part) => partOf(part).needs);
  const parts = optional
    .filter((part) => !needed.includes(part))
    .map((part) => ['', ...partOf(part).needs, part]);
  return languagesOf(kind).flatMap((language) =>
    ['none', 'one', 'all'].flatMap((policies) =>
      ['npm', 'pnpm'].flatMap((manager) =>
        everyChoice(parts).map((chosen) => ({
          plugin: `${kind} in ${language}`,
          policies,
          manager,
          ...Object.fromEntries(chosen.map((part, index) => [parts[index]?.at(-1) ?? '', part])),
        })),
      ),
    ),
  );
});

/** One of each list, in every combination. */
function everyChoice([first, ...others]: readonly (readonly string[])[]): readonly (readonly string[])[] {
  if (first === undefined) return [[]];
  return everyChoice(others).flatMap((rest) => first.map((one) => [one, ...rest]));
}

const chosen = pairwise(rows);

it('every pair of choices is in a few of the projects', () => {
  expect(rows.length).toBeGreaterThan(200);
  expect(chosen.length).toBeLessThan(16);
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
    const runs = async (cwd: string, ...args: readonly string[]): Promise<void> => {
      const { code, output } = await ran(executable, args, cwd, env);
      expect(code, `${args.join(' ')}\n${output}`).toBe(0);
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
    else await checkPython(project);
    for (const place of [project, ...(parts.includes('rest') ? [join(project, 'rest')] : [])]) {
      // Whatever is chosen, a service with all policies is one that has everything to be wrong.
      const contract = kind === 'rest' && policies === 'all' ? ['--contract'] : [];
      await runs(place, 'test', ...contract, '--reporter', 'json=report.json');
      const { summary, contract: held } = JSON.parse(
        readFileSync(join(place, 'report.json'), 'utf8'),
      ) as Report;
      expect(summary).toMatchObject({ differs: 0, new: 0, errors: 0, findings: 0 });
      expect(summary.passed).toBeGreaterThan(5);
      if (contract.length > 0) expect(held?.checked).toBeGreaterThan(100);
    }
  }
});

function partsOf(row: Row): readonly string[] {
  const { plugin: _plugin, policies: _policies, manager: _manager, ...parts } = row;
  return Object.values(parts).filter((part) => part !== '');
}

/** `package in python, one policy, with gitlab-ci, by npm` */
function titleOf(row: Row): string {
  const parts = partsOf(row);
  const withParts = parts.length === 0 ? '' : `, with ${parts.join(', ')}`;
  return `${row['plugin']}, policies: ${row['policies']}${withParts}, by ${row['manager']}`;
}
