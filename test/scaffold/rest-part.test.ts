import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { treeOf } from '../executable.ts';
import { packedTool } from '../packed.ts';
import { checkPython } from './checked.ts';
import { ran, uv } from './dstack-python.ts';

const fixture = fileURLToPath(new URL('../fixtures/example-plugin', import.meta.url));
let folder = '';
let runs: ReturnType<typeof packedTool>;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-rest-part-')));
  runs = packedTool(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What its developers run in the folder of the service, with the package beside it. */
function passesItsChecks(project: string): Promise<void> {
  return checkPython(join(project, 'rest'), { beside: [project] });
}

/** Replays in the folder of the service, which is started as its configuration says, and in the package's. */
async function passesItsReplays(project: string): Promise<void> {
  const report = join(folder, 'report.json');
  const reportIn = async (cwd: string): Promise<Report> => {
    await runs(cwd, 'test', '--reporter', `json=${report}`);
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  };
  const packaged = await reportIn(project);
  const served = await reportIn(join(project, 'rest'));
  expect([packaged.target?.kind, served.target?.kind]).toEqual(['package', 'rest']);
  expect(served.summary).toMatchObject({ differs: 0, new: 0, errors: 0, findings: 0 });
  expect(served.summary.passed).toBeGreaterThan(5);
  const outcomes = ({ replays }: Report) => replays.map(({ sample, outcome }) => [sample, outcome]);
  expect(outcomes(served)).toEqual(outcomes(packaged));
}

const contents = (project: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    treeOf(project)
      .filter((path) => !/\/$|(^|\/)(\.venv|\.git|__pycache__)\//.test(path))
      .map((path) => [path, readFileSync(join(project, path), 'utf8')]),
  );

// Installing takes most of the time.
describe('the plugin service that the packed tarball adds to a package', { timeout: 600_000 }, () => {
  it('of its own with all policies passes its checks and replays untouched, and decides as the package', async () => {
    const project = join(folder, 'own');
    await runs(folder, project, '--yes', '--name', 'acme-guard', '--policies', 'all', '--with', 'rest');
    await passesItsChecks(project);
    await passesItsReplays(project);
  });

  it('of somebody else’s does so with a policy of its own, twice is once, and edited copies stay', async () => {
    const project = join(folder, 'foreign');
    cpSync(fixture, project, { recursive: true });
    await runs(project, 'test', '--update');
    await runs(project, 'add', 'rest');
    const added = contents(project);
    expect(added['rest/samples/privileged.expected.yml']).toContain(
      'message: "Apply request rejected: Running privileged containers is forbidden"',
    );
    expect(await runs(project, 'add', 'rest')).toContain('Nothing to do: example-plugin has rest already.');
    expect(contents(project)).toEqual(added);
    await passesItsChecks(project);
    await passesItsReplays(project);

    // New, changed, and edited here.
    appendFileSync(join(project, 'samples/train.dstack.yml'), '# ours\n');
    writeFileSync(join(project, 'samples/more.dstack.yml'), added['samples/train.dstack.yml'] ?? '');
    appendFileSync(join(project, 'rest/samples/pool.dstack.yml'), '# edited\n');
    appendFileSync(join(project, 'samples/pool.dstack.yml'), '# ours\n');
    const output = await runs(project, 'add', 'rest');
    expect(output.replace(/\s+/g, ' ')).toContain('rest/samples/pool.dstack.yml was edited, so it stays');
    const after = contents(project);
    expect(after['rest/samples/train.dstack.yml']).toMatch(/\n# ours\n$/);
    expect(after['rest/samples/more.dstack.yml']).toBe(added['samples/train.dstack.yml']);
    expect(after['rest/samples/pool.dstack.yml']).toMatch(/\n# edited\n$/);
    await runs(project, 'add', 'rest');
    expect(contents(project)).toEqual(after);
  });

  it('doesn’t start where the settings of the package are refused, and says so', async () => {
    const project = join(folder, 'own');
    const command = ['run', '--directory', join(project, 'rest'), 'acme-guard-rest'];
    const env = { ACME_GUARD_SETTINGS: join(project, 'missing.yml') };
    const { code, output } = await ran(await uv(), command, project, env);
    expect(code, output).toBe(1);
    expect(output).toMatch(
      /^The plugin acme_guard can't be loaded: SettingsError: The settings file .*missing\.yml \(ACME_GUARD_SETTINGS\) can't be read: .*$/m,
    );
    expect(output).toMatch(/"traceback": ".*settings\.py/);
  });
});
