import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { type Ran, run } from '../executable.ts';
import { openWorkshop, type Workshop } from './projects.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

/** A project with one sample, which is new, so that a run that comes to its end exits with 1. */
function project(): string {
  const root = workshop.project('hatchling');
  writeFileSync(join(root, 'one.dstack.yml'), 'type: task\ncommands: [ls]\nimage: python\n');
  return root;
}

interface Started {
  readonly process: ChildProcess;
  readonly end: Promise<Ran>;
}

/** Starts `test` on a cold cache. */
function start(root: string): Started {
  let process: ChildProcess | undefined;
  const end = run(['test', '--dstack', '0.22.5', '--reporter', 'json'], {
    cwd: root,
    env: { CREATE_DSTACK_PLUGIN_CACHE: workshop.cache },
    onStart: (child) => {
      process = child;
    },
  });
  if (process === undefined) throw new Error('the executable was not started');
  return { process, end };
}

function replayed({ stdout, stderr }: Ran): Report['replays'] {
  const report = JSON.parse(stdout || '{}') as Report;
  expect(report.errors, stderr).toEqual([]);
  return report.replays.filter(({ builtin }) => !builtin);
}

async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('it never came to it');
    await sleep(5);
  }
}

/** Waits until uv has installed half of the environment. */
async function whileInstalling(): Promise<void> {
  const engines = join(workshop.cache, 'engines');
  await until(() => {
    const building = existsSync(engines) ? readdirSync(engines) : [];
    return building.some((name) => {
      const lib = join(engines, name, 'environment', 'lib');
      const python = existsSync(lib) ? readdirSync(lib)[0] : undefined;
      return python !== undefined && existsSync(join(lib, python, 'site-packages', 'pydantic'));
    });
  });
}

test('two runs at once on a cold cache make one environment upon one dstack, and the second says that it waits', async () => {
  const root = project();
  const ends = await Promise.all([start(root).end, start(root).end]);
  expect(ends.map(({ code }) => code)).toEqual([1, 1]);
  for (const end of ends) expect(replayed(end)).toHaveLength(1);
  const said = ends.map(({ stderr }) => stderr).join('');
  expect(said).toContain('Waiting for another run that prepares the same environment…');
  expect(said.match(/Installed dstack 0\.22\.5/g)).toHaveLength(1);
  const made = readdirSync(join(workshop.cache, 'engines')).map((name) => name.replace(/-\w+$/, ''));
  expect(made.sort()).toEqual(['dstack-0.22.5', 'quota-guard-0.22.5']);
});

test('a run that is killed while it installs leaves nothing that the next one would use', async () => {
  const root = project();
  const first = start(root);
  await whileInstalling();
  first.process.kill('SIGKILL');
  await first.end;
  const left = readdirSync(join(workshop.cache, 'engines'));
  for (const name of left) expect(name).toMatch(/^\.building-|\.lock$/);

  const second = await start(root).end;
  expect(second.code).toBe(1);
  expect(replayed(second)).toHaveLength(1);
  // What the dead run left is gone, but for what its uv may still have been writing.
  const third = readdirSync(join(workshop.cache, 'engines')).filter((name) => !left.includes(name));
  expect(third.map((name) => name.replace(/-\w+$/, '')).sort()).toEqual([
    'dstack-0.22.5',
    'quota-guard-0.22.5',
  ]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while it installs ends all that runs and removes what was built', async (signal, code) => {
  const root = project();
  const first = start(root);
  await whileInstalling();
  first.process.kill(signal);
  expect((await first.end).code).toBe(code);
  expect(readdirSync(join(workshop.cache, 'engines'))).toEqual([]);
  expect(readdirSync(join(workshop.cache, 'projects'))).toEqual([]);
  const running = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  expect(running).not.toContain(workshop.cache);
});
