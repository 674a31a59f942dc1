import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder, run } from '../executable.ts';
import { acts, hostileProject, witnessed } from './hostile-project.ts';

/** Policies that do to their process whatever can be done, replayed through the built executable by dstack 0.22.5. */
const flags = ['test', '--dstack', '0.22.5', '--timeout', '3'];

let out = '';

function running(): readonly string[] {
  return readdirSync(out)
    .map((name) => name.split('-')[1] ?? '')
    .filter((pid) => {
      const stat = `/proc/${pid}/stat`;
      return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
    });
}

describe.skipIf(process.platform !== 'linux')('a policy that does harm (needs Linux)', () => {
  test('costs its own replay and nobody else’s, whatever it does', async () => {
    out = emptyFolder();
    const names = Object.keys(acts);
    const temporary = emptyFolder();
    const folder = hostileProject(names, out);
    const { stdout } = await run([...flags, '--samples', 'hostile', '--reporter', 'json'], {
      cwd: folder,
      env: { TMPDIR: temporary },
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.errors).toEqual([]);
    const outcome = (path: string) =>
      report.replays.find(({ sample }) => sample === `hostile/${path}.dstack.yml`);
    for (const [index, name] of names.entries()) {
      const witness = outcome(`${index}-b`);
      expect([name, witness?.outcome, witness?.logs.join()]).toEqual([name, 'unchanged', witnessed]);
    }
    const outcomes = Object.fromEntries(names.map((name, index) => [name, outcome(`${index}-a`)?.outcome]));
    expect(outcomes).toMatchObject({
      'writes-to-1': 'unchanged',
      'reads-stdin': 'unchanged',
      'closes-all': 'crashed',
      'sys-exit': 'crashed',
      'os-exit': 'crashed',
      'kills-itself': 'crashed',
      'kills-its-group': 'crashed',
      'takes-all-memory': 'crashed',
      'starts-threads': 'unchanged',
      'leaves-processes': 'unchanged',
      'loops-for-ever': 'timed-out',
      'changes-folder': 'unchanged',
      'changes-environ': 'unchanged',
      'rude-exception': 'crashed',
      'base-exception': 'crashed',
      'stop-iteration': 'timed-out',
      'writes-files': 'unchanged',
    });
    expect(running()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'is ended by %s to the tool within a second, with its processes and files',
    async (signal) => {
      out = emptyFolder();
      const temporary = emptyFolder();
      const folder = hostileProject(['loops-for-ever', 'leaves-processes'], out);
      let ended = 0;
      const { code } = await run(
        [...flags.slice(0, -1), '60', '--samples', 'hostile', 'hostile/0-a.dstack.yml'],
        {
          cwd: folder,
          env: { TMPDIR: temporary },
          onStart: async (child) => {
            while (running().length === 0) await sleep(20);
            expect(readdirSync(temporary)).toHaveLength(1);
            ended = performance.now();
            child.kill(signal);
          },
        },
      );
      expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 143, SIGKILL: null }[signal]);
      while (running().length > 0 || readdirSync(temporary).length > 0) {
        expect(performance.now() - ended).toBeLessThan(1000);
        await sleep(10);
      }
      expect(readdirSync(out)).toHaveLength(1);
    },
  );
});
