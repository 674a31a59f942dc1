import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../src/replace-file.ts';
import { prettyReport } from '../../src/report/pretty.ts';
import { parseReporterFlags } from '../../src/report/reporter-flags.ts';
import { writeReports } from '../../src/report/write-reports.ts';
import { jsonText, junitText, replay, report } from './reports.ts';

const data = report({ replays: [replay({})] });
const display = { columns: 80, colour: true };
const json = jsonText(data);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function write(...values: string[]): Promise<string> {
  let stdout = '';
  const writeStdout = (text: string) => {
    stdout += text;
  };
  await writeReports(data, parseReporterFlags(values, folder), display, { cwd: folder, writeStdout });
  return stdout;
}

describe('reports', () => {
  it('go to standard output alone and as they are', async () => {
    expect(await write('json')).toBe(json);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('go to files below the current folder, made where they lack a folder, without colour and leaving nothing else', async () => {
    expect(await write('json=out/deep/report.json', 'pretty=report.txt')).toBe(prettyReport(data, display));
    expect(readFileSync(join(folder, 'out/deep/report.json'), 'utf8')).toBe(json);
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toBe(
      prettyReport(data, { columns: 100, colour: false }),
    );
    expect(readdirSync(folder).sort()).toEqual(['out', 'report.txt']);
    expect(readdirSync(join(folder, 'out/deep'))).toEqual(['report.json']);
  });

  it('replace an earlier report whole, keep its permissions, and write through a link', async () => {
    writeFileSync(join(folder, 'real.json'), 'x'.repeat(100_000), { mode: 0o600 });
    symlinkSync('real.json', join(folder, 'link.json'));
    await write('json=link.json');
    expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe(json);
    expect(statSync(join(folder, 'real.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['link.json', 'real.json']);
  });

  it('are written whole where they come in pieces', async () => {
    const large = report({
      replays: Array.from({ length: 2000 }, (_, index) => replay({ user: `Zoë ${index}` })),
    });
    let stdout = '';
    const pieces: number[] = [];
    const writeStdout = (text: string) => {
      stdout += text;
      pieces.push(text.length);
    };
    const flags = parseReporterFlags(['json', 'json=report.json', 'junit=report.xml'], folder);
    await writeReports(large, flags, display, { cwd: folder, writeStdout });
    expect(stdout).toBe(jsonText(large));
    expect(pieces.length).toBeGreaterThan(3);
    expect(Math.max(...pieces)).toBeLessThan(100_000);
    expect(readFileSync(join(folder, 'report.json'), 'utf8')).toBe(stdout);
    expect(readFileSync(join(folder, 'report.xml'), 'utf8')).toBe(junitText(large));
  });

  it('leave the earlier one where a later piece cannot be made', async () => {
    const file = join(folder, 'report.json');
    writeFileSync(file, 'before');
    function* broken() {
      yield 'x'.repeat(100_000);
      throw new Error('no more');
    }
    expect(() => replaceFile(file, broken())).toThrow('no more');
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  it('leave a device a device', async () => {
    await write('json=/dev/null');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('that cannot be written say why, after every other one is written', async () => {
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'file'), '');
    let stdout = '';
    const output = {
      cwd: folder,
      writeStdout: (text: string) => {
        stdout += text;
      },
    };
    const flags = parseReporterFlags(['pretty=folder', 'json=file/x.json', 'json=good.json'], folder);
    await expect(writeReports(data, flags, display, output)).rejects.toMatchObject({
      code: 'report-not-written',
      message: "The pretty report can't be written: there is a folder of that name.",
      place: { file: 'folder' },
      exitCode: 2,
    });
    expect(stdout).toBe(prettyReport(data, display));
    expect(readFileSync(join(folder, 'good.json'), 'utf8')).toBe(json);
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder', 'good.json']);
  });

  it('below a file say that it is no folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(write('json=file/x.json')).rejects.toThrow('a part of the path is a file, not a folder');
  });
});
