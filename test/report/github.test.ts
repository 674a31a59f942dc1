import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { githubReport, stepSummaryText } from '../../src/report/github.ts';
import { placesIn } from '../../src/report/places.ts';
import type { Report } from '../../src/report/report.ts';
import { parseReporterFlags } from '../../src/report/reporter-flags.ts';
import { writeReports } from '../../src/report/write-reports.ts';
import { emptyFolder } from '../executable.ts';
import { failingRun } from './failing.ts';
import { hostileReport } from './hostile.ts';
import { replay, report } from './reports.ts';

const display = { columns: 80, colour: false };

/** A line as GitHub's runner reads it (ActionCommand.TryParseV2): null where it is no command. */
function parsed(line: string) {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return null;
  const [, command = '', list = ''] = /^(\S*)(?: (.*))?$/s.exec(text.slice(2, end)) ?? [];
  const decoded = (value: string) =>
    value
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const properties = list.split(',').flatMap((pair) => {
    const [name, ...value] = pair.trim().split('=');
    return name ? [[name, decoded(value.join('='))] as const] : [];
  });
  return { command, ...Object.fromEntries(properties), text: decoded(text.slice(end + 2)) };
}

function commandsOf(data: Report, root?: string) {
  const text = githubReport(data, root === undefined ? display : { ...display, places: placesIn(root) });
  return text.trimEnd().split('\n').map(parsed);
}

describe('the GitHub report', () => {
  it('annotates the policy, the expectation and the sample, each on its line', () => {
    expect(commandsOf(failingRun)).toMatchSnapshot();
  });

  it('names files from the root of the repository, and the line of the sample that it is about', () => {
    const repository = emptyFolder();
    const root = join(repository, 'plugins/guard');
    mkdirSync(join(root, 'samples'), { recursive: true });
    mkdirSync(join(repository, '.git'));
    writeFileSync(
      join(root, 'samples/new.spec.json'),
      '{\n "configuration": {\n  "type": "task",\n  "max_price": 7\n }\n}\n',
    );
    const change = { path: '/configuration/max_price', from: 7, to: 2, policy: null };
    const data = report({
      replays: [
        replay({ sample: 'samples/new.spec.json', outcome: 'modified', verdict: 'new', changes: [change] }),
      ],
    });
    expect(commandsOf(data, root)).toEqual([
      expect.objectContaining({ command: 'error', file: 'plugins/guard/samples/new.spec.json', line: '4' }),
    ]);
  });

  it('keeps to what GitHub shows of each level, and says how many more there are', () => {
    const many = report({
      replays: Array.from({ length: 1000 }, (_, index) =>
        replay({
          sample: `samples/${index}.dstack.yml`,
          outcome: 'crashed',
          verdict: 'differs',
          message: 'x',
        }),
      ),
    });
    const commands = commandsOf(many);
    expect(commands).toHaveLength(10);
    expect(commands.at(-1)?.text).toBe(
      '991 more of this kind: GitHub shows 10 for a step. All of them are in the summary of the job.',
    );
  });

  it('has nothing to say of a passed run', () => {
    expect(githubReport(report({ replays: [replay({})] }), display)).toBe('');
  });

  it('is red where nothing was replayed', () => {
    expect(commandsOf(report({ exitCode: 2 }))).toMatchObject([
      { command: 'error', text: 'Nothing was replayed.' },
    ]);
  });

  it('keeps hostile words text: the runner sees our annotations alone', () => {
    const text = githubReport(hostileReport, display);
    const commands = text.trimEnd().split('\n').map(parsed);
    expect(commands).toHaveLength(9);
    for (const command of commands) {
      expect(['error', 'warning', 'notice']).toContain(command?.command);
      expect(
        Object.keys(command ?? {}).filter(
          (key) => !['command', 'file', 'line', 'title', 'text'].includes(key),
        ),
      ).toEqual([]);
    }
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|##(?:vso|teamcity)?\[/iu);
  });
});

describe('the summary of a GitHub job', () => {
  it('gets the report below what the step has there already, up to what GitHub takes', async () => {
    const folder = emptyFolder();
    const stepSummary = join(folder, 'summary.md');
    writeFileSync(stepSummary, '# Before\n');
    let stdout = '';
    const writeStdout = (text: string) => {
      stdout += text;
    };
    await writeReports(failingRun, parseReporterFlags(['github'], folder), display, {
      cwd: folder,
      writeStdout,
      stepSummary,
    });
    expect(readFileSync(stepSummary, 'utf8')).toBe(`# Before\n${stepSummaryText(failingRun, 9)}`);
    expect(stdout).toMatch(/^acme-guard · dstack 0\.22\.5\n[\s\S]*\n::error file=/);
  });

  it('is no longer than GitHub takes, whatever the step has there already', () => {
    const long = report({
      replays: Array.from({ length: 4000 }, (_, index) =>
        replay({ sample: `samples/${index}`, verdict: 'new', outcome: 'rejected', message: 'x'.repeat(900) }),
      ),
    });
    for (const taken of [0, 1_048_000, 2_000_000])
      expect(taken + Buffer.byteLength(stepSummaryText(long, taken))).toBeLessThanOrEqual(
        Math.max(taken, 1024 * 1024),
      );
  });

  it('that cannot be written is said', async () => {
    const folder = emptyFolder();
    const output = { cwd: folder, writeStdout: () => {}, stepSummary: folder };
    await expect(
      writeReports(failingRun, parseReporterFlags(['github'], folder), display, output),
    ).rejects.toMatchObject({ code: 'report-not-written' });
  });
});
