import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { findingSeverities, isFindingCode } from '../../src/replay/findings/codes.ts';
import type { Replay } from '../../src/replay/model.ts';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder, type Ran, run } from '../executable.ts';
import { otherKindRows, serviceRows } from '../replay/findings/service-rows.ts';

/**
 * A plugin service that does everything wrong, each in a sample of its own, replayed through the `rest_plugin` of a real dstack. All samples
 * are replayed by one run: two of them wait for dstack's timeout.
 */
const fixture = fileURLToPath(new URL('../fixtures/misbehaving-service', import.meta.url));
const rows = Object.entries({ ...serviceRows, ...otherKindRows });

/** Where a finding is graver or milder than its code. */
const severities: Readonly<Record<string, string>> = { 'redirect-kept': 'warning' };

let ran: Ran;
let report: Report;

function copied(): string {
  const folder = emptyFolder();
  cpSync(fixture, folder, { recursive: true });
  return folder;
}

function replay(folder: string, args: readonly string[] = []): Promise<Ran> {
  return run(['test', '--dstack', '0.22.5', '--reporter', 'json', ...args], { cwd: folder });
}

function replayOf(mode: string): Replay {
  const found = report.replays.find(({ sample }) => sample === `samples/${mode}.dstack.yml`);
  if (found === undefined) throw new Error(`${mode} was not replayed: ${ran.stderr}`);
  return found;
}

beforeAll(async () => {
  ran = await replay(fixture);
  expect(ran.stdout, ran.stderr).toMatch(/^\{/);
  report = JSON.parse(ran.stdout) as Report; // its schema has a test of its own
}, 600_000);

test.each(rows)('a service in the mode %s is found to do that: %s', (mode, codes) => {
  const { findings } = replayOf(mode);
  expect(findings.map(({ code }) => code)).toEqual(codes);
  for (const { code, severity, text, file } of findings) {
    expect(severity).toBe(severities[mode] ?? (isFindingCode(code) ? findingSeverities[code] : code));
    expect(text).toContain(`See docs/findings.md#${code}.`);
    expect(file).toBeNull();
  }
});

test('each sentence has what the user of dstack reads, in the words of this dstack', () => {
  const silent = ['flaky', 'redirect-kept', 'in-pieces', 'slow'];
  const decided = rows.map(([mode]) => replayOf(mode)).filter(({ outcome }) => outcome === 'rejected');
  expect(decided.length).toBeGreaterThan(15);
  for (const { sample, message, findings } of decided.filter((each) => each.findings.length > 0))
    expect(findings[0]?.text, sample).toContain(message ?? 'without a word');
  for (const mode of silent) expect(replayOf(mode).outcome).toBe('unchanged');
});

test('nothing is found in the dummy task of dstack offer, nor in the run: rest_plugin’s hooks are nobody’s to exercise', () => {
  expect(report.findings).toEqual([]);
  expect(report.errors).toEqual([]);
  expect(report.replays.find(({ builtin }) => builtin)?.findings).toEqual([]);
  expect(ran.code).toBe(1);
});

test('no secret that the service repeats is in the report or on the terminal', () => {
  expect(ran.stdout + ran.stderr).not.toContain('hunter2-secret');
  expect(replayOf('tells-secrets').findings[0]?.text).toContain('*** is no token');
});

test('a finding about a service can be silenced for a sample', async () => {
  const folder = copied();
  const ignored = 'ignore: [{finding: not-json, samples: [html], reason: known}]\n';
  appendFileSync(join(folder, 'dstack-plugin.yml'), ignored);
  const { stdout } = await replay(folder, ['--no-offer', 'html', 'no-content']);
  const found = JSON.parse(stdout) as Report; // as above
  const codes = found.replays.map(({ sample, findings }) => [sample, findings.map(({ code }) => code)]);
  expect(codes).toEqual([
    ['samples/html.dstack.yml', []],
    ['samples/no-content.dstack.yml', ['not-json']],
  ]);
});
