import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** A project on two versions, recorded, with an expectation whose sample is gone and an entry for an older version. */
async function recordedProject(): Promise<{ folder: string; gone: string; groups: string }> {
  const folder = copyOfFixture('version-skew');
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.21.3", "0.22.5"]\n');
  await run(['test', '--no-offer', '--update'], { cwd: folder });
  const gone = join(folder, 'samples/gone.expected.yml');
  writeFileSync(gone, '- as: admin@main\n  outcome: rejected\n  message_matches: (?i)no\n');
  const groups = join(folder, 'samples/groups.expected.yml');
  const old = '- as: [admin@main, bob@main] # the old server\n  dstack: <0.21.3\n  outcome: unchanged\n';
  writeFileSync(groups, readFileSync(groups, 'utf8').replace('- as: ', `${old}- as: `));
  return { folder, gone, groups };
}

describe('what is obsolete', () => {
  test('is named with filters, shards and --as as well, and never removed then', async () => {
    const { folder, gone, groups } = await recordedProject();
    for (const args of [
      ['groups', '--update'],
      ['--as', 'admin@main'],
    ]) {
      const ran = await run(['test', '--no-offer', '--obsolete', 'delete', ...args], { cwd: folder });
      expect(ran.stdout, args.join(' ')).toContain('samples/gone.expected.yml  obsolete: its sample is gone');
      expect(ran.stdout.replaceAll(/\s+/g, ' '), args.join(' ')).toContain(
        'warning obsolete-entry: This entry is for admin@main, bob@main on dstack <0.21.3',
      );
    }
    const shards = await Promise.all(
      [1, 2, 3].map((number) =>
        run(['test', '--no-offer', '--dstack', '0.22.5', '--obsolete', 'delete', '--shard', `${number}/3`], {
          cwd: folder,
        }),
      ),
    );
    expect(shards.filter(({ stdout }) => stdout.includes('gone.expected.yml'))).toHaveLength(1);
    expect(existsSync(gone)).toBe(true);
    expect(readFileSync(groups, 'utf8')).toContain('  dstack: <0.21.3\n');
  });

  test('fails the run where that was asked for, and warns by default', async () => {
    const { folder } = await recordedProject();
    const warned = await run(['test', '--no-offer'], { cwd: folder });
    expect(warned.code, warned.stdout).toBe(1); // bob is new
    const alone = ['test', '--no-offer', '--as', 'admin@main', '--reporter', 'json'];
    const fine = await run(alone, { cwd: folder });
    expect(fine.code, fine.stdout).toBe(0);
    const failed = await run([...alone, '--obsolete', 'fail'], { cwd: folder });
    expect(failed.code).toBe(1);
    const report = JSON.parse(failed.stdout) as Report;
    expect(report.obsolete).toEqual([{ file: 'samples/gone.expected.yml', removed: false }]);
    expect(report.findings).toMatchObject([
      { code: 'obsolete-entry', severity: 'error', file: 'samples/groups.expected.yml', line: 2 },
    ]);
  });

  test('is removed by --obsolete delete in a run of everything; an entry only where the configuration names the versions', async () => {
    const { folder, gone, groups } = await recordedProject();
    const before = readFileSync(groups, 'utf8');
    const flagged = ['test', '--no-offer', '--obsolete', 'delete', '--dstack', '0.21.3,0.22.5'];
    const files = await run(flagged, { cwd: folder });
    expect(files.stdout).toContain('samples/gone.expected.yml  removed: its sample is gone');
    expect(existsSync(gone)).toBe(false);
    expect(readFileSync(groups, 'utf8')).toBe(before);
    const all = await run(['test', '--no-offer', '--obsolete', 'delete'], { cwd: folder });
    expect(all.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'An obsolete entry was removed: it was for admin@main, bob@main',
    );
    const after = readFileSync(groups, 'utf8');
    expect(after).toContain('# the old server');
    expect(after).not.toContain('<0.21.3');
    const clean = await run(['test', '--no-offer', '--obsolete', 'fail'], { cwd: folder });
    expect(clean.stdout).not.toContain('bsolete');
    expect(clean.code).toBe(0);
  });
});

describe('a shard', () => {
  test('replays its part, all shards together replay everything, and an empty one is said and no failure', async () => {
    const folder = copyOfFixture('version-skew');
    const runs = await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        run(
          [
            'test',
            '--no-offer',
            '--dstack',
            '0.22.5',
            '--update',
            '--reporter',
            'json',
            '--shard',
            `${number}/5`,
          ],
          { cwd: folder },
        ),
      ),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    const reports = runs.map(({ stdout }) => JSON.parse(stdout) as Report);
    expect(reports.flatMap(({ replays }) => replays.map(({ sample }) => sample)).sort()).toEqual([
      'samples/debug.dstack.yml',
      'samples/groups.dstack.yml',
      'samples/train.dstack.yml',
    ]);
    const empty = runs.filter(({ stderr }) =>
      /^Shard \d\/5 has none of the 3 samples: nothing was replayed\.$/m.test(stderr),
    );
    expect(empty).toHaveLength(2);
  });

  test('of no samples at all is an error, and so is one that does not exist', async () => {
    const folder = copyOfFixture('version-skew');
    const none = await run(['test', '--shard', '1/2', 'nowhere'], { cwd: folder });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('No sample matches "nowhere"');
    const wrong = await run(['test', '--shard', '3/2'], { cwd: folder });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--shard takes the number of a part and how many there are, not "3/2".');
  });
});

describe('--fail-on', () => {
  test('lets warnings fail the run, or no finding at all', async () => {
    const folder = copyOfFixture('version-skew');
    const source = join(folder, 'src/no_privileged/__init__.py');
    writeFileSync(
      source,
      readFileSync(source, 'utf8').replace(
        '        if configuration.privileged',
        '        print("hm")\n        if configuration.privileged',
      ),
    );
    const args = ['test', '--no-offer', '--dstack', '0.22.5', 'train'];
    await run([...args, '--update'], { cwd: folder });
    expect((await run(args, { cwd: folder })).code).toBe(0);
    const strict = await run([...args, '--fail-on', 'warning'], { cwd: folder });
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('→ Mend the findings: they fail the run, whatever is expected.');
    expect((await run([...args, '--fail-on', 'none'], { cwd: folder })).code).toBe(0);
    const wrong = await run([...args, '--fail-on', 'warn'], { cwd: folder });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('Did you mean warning?');
  });
});
