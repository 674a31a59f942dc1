import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openWorkshop, type Workshop } from './projects.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

let runner: string;
let bundled: Workshop;
let workshop: Workshop;

// Processes of their own, since it is about processes that die: the runner is bundled, as the tool is.
beforeAll(async () => {
  bundled = await openWorkshop();
  const out = join(bundled.folder, 'runner');
  const args = [
    '--no-config',
    '--out-dir',
    out,
    '--format',
    'esm',
    '--platform',
    'node',
    '--logLevel',
    'error',
  ];
  execFileSync(process.execPath, [tsdown, fileURLToPath(new URL('./runner.ts', import.meta.url)), ...args], {
    cwd: repository,
    stdio: 'pipe',
  });
  symlinkSync(join(repository, 'node_modules'), join(bundled.folder, 'node_modules'));
  runner = join(out, 'runner.mjs');
  return () => bundled.close();
});
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

const tsdown = join(repository, 'node_modules/tsdown/dist/run.mjs');

interface Run {
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly end: Promise<number | null>;
}

function run(root: string): Run {
  const child = spawn(process.execPath, [runner, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trimEnd().split('\n')));
  return { process: child, lines, end: new Promise((resolve) => child.on('close', resolve)) };
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
    const building = existsSync(engines)
      ? readdirSync(engines).find((name) => name.startsWith('.building'))
      : undefined;
    const lib = join(engines, building ?? '-', 'environment', 'lib');
    const python = existsSync(lib) ? readdirSync(lib)[0] : undefined;
    return python !== undefined && existsSync(join(lib, python, 'site-packages', 'pydantic'));
  });
}

const engineOf = (lines: readonly string[]): { folder: string; installed: boolean; python: string } =>
  JSON.parse(lines.at(-1) ?? '');

function works(python: string): void {
  execFileSync(python, ['-c', 'import dstack.plugins, quota_guard'], {
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  });
}

test('two runs at once on a cold cache make one environment, and the second says that it waits', async () => {
  const root = workshop.project('hatchling');
  const runs = [run(root), run(root)];
  expect(await Promise.all(runs.map((one) => one.end))).toEqual([0, 0]);
  const engines = runs.map((one) => engineOf(one.lines));
  expect(engines.map((engine) => engine.installed).sort()).toEqual([false, true]);
  expect(engines[0]?.folder).toBe(engines[1]?.folder);
  expect(runs.flatMap((one) => one.lines)).toContain(
    'Waiting for another run that prepares the same environment…',
  );
  expect(readdirSync(join(workshop.cache, 'engines'))).toHaveLength(1);
  works(engines[0]?.python ?? '');
});

test('a run that is killed while it installs leaves nothing that the next one would use', async () => {
  const root = workshop.project('hatchling');
  const first = run(root);
  await whileInstalling();
  first.process.kill('SIGKILL');
  await first.end;
  const left = readdirSync(join(workshop.cache, 'engines'));
  expect(left).toEqual([expect.stringMatching(/^\.building-/)]);

  const second = run(root);
  expect(await second.end).toBe(0);
  const engine = engineOf(second.lines);
  expect(engine.installed).toBe(true);
  works(engine.python);
  // What the dead run left is gone, but for what its uv may still have been writing.
  const third = readdirSync(join(workshop.cache, 'engines')).filter((name) => !left.includes(name));
  expect(third).toHaveLength(1);
});

test('Ctrl+C while it installs ends all that runs and removes what was built', async () => {
  const root = workshop.project('hatchling');
  const first = run(root);
  await whileInstalling();
  first.process.kill('SIGINT');
  expect(await first.end).toBe(1);
  expect(first.lines.at(-1)).toBe('Error: interrupted');
  expect(readdirSync(join(workshop.cache, 'engines'))).toEqual([]);
  expect(readdirSync(join(workshop.cache, 'projects'))).toEqual([]);
  const running = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  expect(running).not.toContain(workshop.cache);
});
