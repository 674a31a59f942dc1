import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { acts, hostileProject } from './hostile-project.ts';

/** Replays side by side and ahead of need, and one after the other: the same reports, but for the time that they took. */
async function reports(
  cwd: string,
  more: readonly string[],
): Promise<readonly [fast: string, plain: string]> {
  const args = ['test', '--dstack', '0.22.5', '--reporter', 'json', ...more];
  const report = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { stdout, stderr } = await run(args, { cwd, env: { TMPDIR: emptyFolder(), ...env } });
    expect(stderr.replace(/^Installe?d?.*$\n?/gm, '')).toBe('');
    return withoutTimes(stdout);
  };
  const first = await report({});
  // What plugins import from outside is known by now, and imported ahead.
  expect(differences(await report({}), first)).toBe('');
  return [first, await report({ CREATE_DSTACK_PLUGIN_PLAIN: '1' })];
}

/** Without what a clock decides: milliseconds, and the finding that a policy is slow, with its place among the sums. */
function withoutTimes(report: string): string {
  let slow = 0;
  const isSlow = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'code' in value && value.code === 'slow';
  const timeless = JSON.parse(report, (key, value) => {
    if (key === 'milliseconds') return undefined;
    if (!Array.isArray(value) || !value.some(isSlow)) return value;
    const others = value.filter((item) => !isSlow(item));
    slow += value.length - others.length;
    return others;
  });
  timeless.summary.findings -= slow;
  return JSON.stringify(timeless, null, 1);
}

/** Nothing if two reports are the same, else where and how they differ at first. */
function differences(one: string, other: string): string {
  if (one === other) return '';
  const [lines, others] = [one.split('\n'), other.split('\n')];
  const at = lines.findIndex((line, index) => line !== others[index]);
  const around = (text: readonly string[]): string => text.slice(Math.max(0, at - 12), at + 4).join('\n');
  return `${around(lines)}\n≠\n${around(others)}`;
}

describe('replays side by side report what replays one after the other do', () => {
  test('of every kind of sample, hundreds of them', async () => {
    const folder = copyOfFixture('corpus-plugin');
    const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));
    for (let copy = 0; copy < 7; copy++)
      cpSync(corpus, join(folder, 'samples', String(copy)), { recursive: true });
    const [fast, plain] = await reports(folder, []);
    expect(differences(fast, plain)).toBe('');
    expect(JSON.parse(fast).replays.length).toBeGreaterThan(400);
  });

  test('of samples that dstack refuses, among others', async () => {
    const folder = copyOfFixture('example-plugin');
    const samples = join(folder, 'samples');
    const [first = ''] = readdirSync(samples);
    const text = readFileSync(join(samples, first), 'utf8');
    mkdirSync(join(samples, 'many'));
    for (let number = 0; number < 120; number++) {
      const broken = [text, 'type: nothing\n', `${text}\nmax_price: [\n`, ''][number % 7] ?? text;
      writeFileSync(join(samples, 'many', `${number}.dstack.yml`), broken);
    }
    const [fast, plain] = await reports(folder, ['--order-check']);
    expect(differences(fast, plain)).toBe('');
    const [shared, alone] = await reports(folder, []);
    expect(differences(shared, alone)).toBe('');
    expect(JSON.parse(shared).errors).toHaveLength(51);
  });

  test('and where the time went is said beside the report, if it is asked for', async () => {
    const folder = copyOfFixture('example-plugin');
    const args = ['test', '--dstack', '0.22.5', '--update'];
    const { stdout, stderr } = await run([...args, '--timings'], { cwd: folder });
    for (const words of [
      'import of dstack',
      'import of the plugin',
      'replays',
      'report',
      'from start to end',
    ])
      expect(stderr).toMatch(new RegExp(`^ +\\d+\\.\\d{3} s {2}${words}$`, 'm'));
    expect(stdout).not.toContain('from start to end');
    expect((await run(args, { cwd: folder })).stderr).toBe('');
  });

  test.skipIf(process.platform !== 'linux')(
    'of a policy that does harm to its process (needs Linux)',
    async () => {
      const folder = hostileProject(Object.keys(acts), emptyFolder(), 60);
      const [fast, plain] = await reports(folder, ['--samples', 'hostile', '--timeout', '3']);
      expect(differences(fast, plain)).toBe('');
    },
  );
});
