import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ran, type RunOptions, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** A plugin whose policies can be told to behave otherwise on a server. */
let project: string;
beforeAll(() => {
  project = copyOfFixture('moody-plugin');
});

function testServer(mood: string, options: Omit<RunOptions, 'cwd'> = {}): Promise<Ran> {
  const configuration = `dstack: ["0.22.5"]\nserver_env: {MOOD: ${mood}, DSTACK_DATABASE_URL: "sqlite:///nowhere/at.all"}\n`;
  writeFileSync(join(project, 'dstack-plugin.yml'), configuration);
  return run(['test', '--server', '--reporter', 'json'], { cwd: project, ...options });
}

interface Report {
  readonly replays: readonly {
    readonly sample: string;
    readonly user: string;
    readonly findings: readonly { readonly code: string; readonly text: string }[];
    readonly logs: readonly string[];
  }[];
  readonly errors: readonly { readonly code: string }[];
}

function disagreements(stdout: string): readonly string[] {
  const { replays } = JSON.parse(stdout) as Report;
  return replays.flatMap(({ sample, user, findings }) =>
    findings
      .filter(({ code }) => code === 'server-disagrees')
      .map(({ text }) => `${sample} as ${user}: ${text.split('. ')[0]}`),
  );
}

describe('test --server', () => {
  test('passes where a real server says of every sample and context what the replay says', async () => {
    const { code, stdout, stderr } = await testServer('even');
    expect(stderr).toContain('Starting the dstack server 0.22.5…');
    // The same volume twice in one project, and users and projects that a server has to be told of.
    expect(stderr).toContain('The dstack server 0.22.5 agrees with 5 of 5 replays.');
    expect(disagreements(stdout)).toEqual([]);
    expect(code).toBe(0);
  });

  test('fails where the server makes another spec of a sample or refuses it, and shows what it logged, without secrets', async () => {
    const { code, stdout } = await testServer('dear');
    expect(disagreements(stdout)).toEqual([
      'samples/train.dstack.yml as alice: A real dstack server 0.22.5 makes another spec of it: /configuration/max_price is 99 there and 2 here',
      'samples/train.dstack.yml as bob: A real dstack server 0.22.5 rejects with “nothing at all”, and the replay accepts',
    ]);
    const { replays } = JSON.parse(stdout) as Report;
    const logs = replays.flatMap((replay) => replay.logs).join('\n');
    expect(logs).toMatch(/^dstack server: .*raising the price for alice, who knows \*\*\*$/m);
    expect(logs).not.toContain('not-a-real-token');
    expect(code).toBe(1);
  });

  test('says why a server does not come up, beside the results of the replays', async () => {
    const { code, stdout } = await testServer('absent');
    const { replays, errors } = JSON.parse(stdout) as Report;
    expect(errors.map((error) => error.code)).toEqual(['server-not-up']);
    expect(replays.filter(({ sample }) => sample.startsWith('samples/')).length).toBe(5);
    expect(code).toBe(3);
  });

  test('says that the server ended where a policy ends it', async () => {
    const { code, stdout } = await testServer('fatal');
    const { errors } = JSON.parse(stdout) as Report;
    expect(errors.map((error) => error.code)).toEqual(['server-lost']);
    expect(code).toBe(3);
  });

  test('leaves no server and no folder behind when it is interrupted', async () => {
    const before = leftovers();
    const { code } = await testServer('even', {
      onStart: (child) => {
        child.stderr?.on('data', (data) => {
          if (String(data).includes('Starting the dstack server'))
            setTimeout(() => child.kill('SIGINT'), 1000);
        });
      },
    });
    expect(code).toBe(130);
    expect(leftovers()).toEqual(before);
    if (process.platform === 'linux') expect(serversIn(project)).toEqual([]);
  });
});

function leftovers(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('create-dstack-plugin-server-'));
}

/** The command lines of running servers of a project's engine. */
function serversIn(folder: string): readonly string[] {
  const name = folder.split('/').at(-1) ?? '';
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(name) && line.includes(' server --host'));
}
