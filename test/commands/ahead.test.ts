import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';
import { processesWith } from '../processes.ts';

describe('a worker that is started by a look at the arguments', () => {
  let project: string;

  beforeAll(async () => {
    project = copyOfFixture('example-plugin');
    const { code } = await run(['test', '--dstack', '0.22.5', '--update'], { cwd: project });
    expect(code).toBe(0);
  });

  test.each([
    [['--nope'], 2],
    [['--shard', '9/x'], 2],
    [['nothing-like-this'], 2],
    [['--samples', '--dstack'], 2],
    [['--plugin', 'another'], 3],
  ])('is gone with all of its files where the command line is wrong: %j', async (args, right) => {
    const tmp = emptyFolder();
    const { code } = await run(['test', '--dstack', '0.22.5', ...args], {
      cwd: project,
      env: { TMPDIR: tmp },
    });
    expect(code).toBe(right);
    expect(readdirSync(tmp)).toEqual([]);
    expect(processesWith('environ', tmp)).toEqual([]);
  });

  test.each([
    [['--dstack=0.22.5']],
    [['--dstack', 'v0.22.5', '--dstack', '==0.22.5']],
    [['--dstack', '0.22.5', '--verbose', '--reporter', 'json']],
  ])('replays what the options ask for: %j', async (args) => {
    const { code, stdout } = await run(['test', ...args], { cwd: project });
    expect(stdout).toMatch(/8 replays|"replays": 8/);
    expect(code).toBe(0);
  });
});
