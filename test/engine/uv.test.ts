import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whatIsMissing } from '../../src/engine/machine-python.ts';
import { findUv, isNewEnough, pinnedUv } from '../../src/engine/uv.ts';
import { never, silent } from './projects.ts';

let folder: string;
let cache: string;
let bin: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-uv-')));
  cache = join(folder, 'cache');
  bin = join(folder, 'bin');
  mkdirSync(cache, { mode: 0o700 });
  mkdirSync(bin);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** The machine's real Python, under the only name that is on PATH. */
function linkPython(): void {
  const real = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  symlinkSync(real, join(bin, 'python3'));
}

const caller = (more: Record<string, string> = {}): Record<string, string | undefined> => ({
  ...process.env,
  PATH: bin,
  ...more,
});

describe('uv', () => {
  test('is the one on PATH where it is new enough', async () => {
    program('uv', 'echo "uv 0.9.1 (abc 2025-01-01)"');
    expect(await findUv(cache, silent, never, caller())).toBe('uv');
    expect(readdirSync(cache)).toEqual([]);
  });

  test.each([
    ['uv 0.6.0', true],
    ['uv 0.13.9 (x86_64-unknown-linux-gnu)', true],
    ['uv 1.0.0', true],
    ['uv 0.5.31 (1234567 2025-02-12)', false],
    ['something else', false],
  ])('that says %j is new enough: %s', (printed, expected) => {
    expect(isNewEnough(printed)).toBe(expected);
  });

  test('is a private one of the pinned version where PATH has none, installed once for two runs, and said', async () => {
    linkPython();
    const said: string[] = [];
    const runs = [0, 1].map(async () => await findUv(cache, (text) => said.push(text), never, caller()));
    const [uv, same] = await Promise.all(runs);
    expect(same).toBe(uv);
    expect(execFileSync(uv ?? '', ['--version'], { encoding: 'utf8' })).toContain(`uv ${pinnedUv}`);
    expect(said.sort()).toEqual([
      `Installing uv ${pinnedUv} for this tool alone (there is none on PATH)…`,
      `Waiting for another run that installs uv ${pinnedUv}…`,
    ]);
    expect(readdirSync(join(cache, 'uv'))).toEqual([pinnedUv]);
    expect(await findUv(cache, () => expect.unreachable(), never, caller())).toBe(uv);
  });

  test('is installed privately where the one on PATH is too old, and the index is needed for that', async () => {
    linkPython();
    program('uv', 'echo "uv 0.1.0"');
    const said: string[] = [];
    const offline = caller({
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_RETRIES: '0',
      PIP_NO_INDEX: '',
      PIP_FIND_LINKS: '',
    });
    const installing = findUv(cache, (text) => said.push(text), never, offline);
    await expect(installing).rejects.toMatchObject({
      code: 'uv-not-installed',
      exitCode: 3,
      details: expect.stringMatching(/Connection refused|No matching distribution/),
    });
    expect(said[0]).toContain('the one on PATH is uv 0.1.0');
    expect(existsSync(join(cache, 'uv', pinnedUv))).toBe(false);
    expect(readdirSync(join(cache, 'uv'))).toEqual([]);
  });

  test('can’t be installed without Python, which is a sentence', async () => {
    await expect(findUv(cache, silent, never, caller())).rejects.toMatchObject({
      code: 'no-python',
      exitCode: 3,
    });
  });

  test('needs ensurepip, and the package that has it is named', async () => {
    linkPython();
    // The machine's Python, as Debian's is without its package python3-venv.
    const site = join(folder, 'site');
    mkdirSync(site);
    const python = join(bin, 'python3');
    const real = realpathSync(python);
    rmSync(python);
    program(
      'python3',
      `exec ${real} -c "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == 'ensurepip' else f(n); exec('''$2''')"`,
    );
    await expect(findUv(cache, silent, never, caller())).rejects.toMatchObject({
      code: 'no-venv',
      exitCode: 3,
      message: expect.stringContaining('has no ensurepip'),
      hint: expect.stringContaining('-venv'),
    });
  });

  test.each([
    [[[3, 11], true, true, '/usr/bin/python3', true], null, null],
    [[[3, 11], true, false, '/usr/bin/python3', true], 'no-venv', 'apt install python3.11-venv'],
    [[[3, 12], false, false, '/usr/bin/python3', false], 'no-venv', 'python3.12-venv'],
    [[[3, 6], true, true, '/usr/bin/python3', false], 'python-too-old', 'Install Python 3.11'],
  ] as const)('with the Python %j misses %s', (answer, code, hint) => {
    const missing = whatIsMissing(answer);
    expect(missing?.code ?? null).toBe(code);
    if (hint !== null) expect(missing?.hint).toContain(hint);
  });
});
