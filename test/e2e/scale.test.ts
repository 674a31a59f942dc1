import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { reporterNames } from '../../src/report/reporter-names.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

const megabyte = 1_000_000;

/** Says at the end how much memory the process had at most. */
const memoryMeter = `--import=data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('at most ' + process.resourceUsage().maxRSS + ' KiB\\n'))",
)}`;

test('1,000 samples on 2 versions in 3 contexts: reports stay small, memory bounded, and the order is always the same', async () => {
  const folder = copyOfFixture('example-plugin');
  const samples = join(folder, 'samples');
  rmSync(samples, { recursive: true });
  mkdirSync(samples);
  for (let index = 0; index < 1000; index++) {
    writeFileSync(
      join(samples, `train-${index}.dstack.yml`),
      `type: task\nname: train-${index}\ncommands: [python train.py --seed ${index}]\nmax_price: ${1 + (index % 20)}\nenv: {SEED: "${index}"}\n`,
    );
  }
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'replay_as: [alice@research, bob@research, carol@main]\n');
  const reports = reporterNames.map((name) => join('reports', name));
  const args = [
    'test',
    '--dstack',
    '0.21.2,0.22.5',
    ...reporterNames.flatMap((name, index) => ['--reporter', `${name}=${reports[index]}`]),
  ];
  const { code, stdout, stderr } = await run(args, { cwd: folder, node: [memoryMeter] });
  expect(code).toBe(1);
  expect(stdout).toContain('6,000 new');
  expect(stdout).toContain('6,000 replays\n');
  const kibibytes = Number(/at most (\d+) KiB/.exec(stderr)?.[1]);
  expect(kibibytes * 1024).toBeLessThan(300 * megabyte);
  const sizes = reports.map((file) => statSync(join(folder, file)).size);
  expect(sizes.filter((size) => size > 20 * megabyte)).toEqual([]);
  console.info(
    `${kibibytes} KiB; ${reporterNames.map((name, index) => `${name} ${sizes[index]}`).join(', ')}`,
  );

  // A part of them, in other batches, comes in the same order.
  const before = stable(join(folder, 'reports/json'));
  await run(['test', 'train-1', '--dstack', '0.22.5,0.21.2', '--reporter', 'json=reports/json'], {
    cwd: folder,
  });
  const again = stable(join(folder, 'reports/json'));
  expect(again).toHaveLength(111 * 6);
  expect(again).toEqual(before.filter((replay) => again.includes(replay)));
}, 300_000);

/** The replays of a report in their order, without what is measured. */
function stable(file: string): readonly string[] {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return report.replays
    .filter(({ builtin }) => !builtin)
    .map(({ milliseconds, findings, ...replay }) => JSON.stringify(replay));
}
