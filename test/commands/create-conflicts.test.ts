import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import schema from '../../schemas/scaffold-1.json' with { type: 'json' };
import { emptyFolder, executable, run, treeOf } from '../executable.ts';
import { inTerminal, keys } from '../pty.ts';
import { stateOf } from '../scaffold/writing.ts';

const isReport = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

interface Report {
  readonly directory: string | null;
  readonly operations: readonly {
    readonly path: string;
    readonly operation: string;
    readonly bytes: number;
    readonly diff: string | null;
  }[];
  readonly written: boolean;
  readonly error: { readonly code: string } | null;
  readonly exitCode: number;
}

/** What `--json` prints, which the schema describes, whatever happened. */
function reportIn(stdout: string): Report {
  const report: unknown = JSON.parse(stdout);
  expect(isReport(report), JSON.stringify(isReport.errors)).toBe(true);
  return report as Report; // the line above has made sure
}

/** A folder with a file that isn't in the way, and two that are. */
function usedFolder(): string {
  const cwd = emptyFolder();
  mkdirSync(join(cwd, 'acme'));
  writeFileSync(join(cwd, 'acme/notes.txt'), 'mine');
  writeFileSync(join(cwd, 'acme/README.md'), 'my own\n');
  writeFileSync(join(cwd, 'acme/.gitignore'), 'secret\n');
  return cwd;
}

const none = ['acme', '--policies', 'none', '--no-git'];
const allGiven = [...none, '--name', 'acme', '--description', 'x', '--kind', 'package', '--no-install'];

describe('a folder that is not empty', () => {
  it('gets the project beside what is there, where nothing is in the way', async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, 'acme/src'), { recursive: true });
    writeFileSync(join(cwd, 'acme/notes.txt'), 'mine');
    const { code, stdout } = await run(none, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('Created the plugin acme in acme:');
    expect(readFileSync(join(cwd, 'acme/notes.txt'), 'utf8')).toBe('mine');
    expect(treeOf(cwd)).toContain('acme/src/acme/__init__.py');
  });

  it('is left as it is where something is in the way, which is listed, with what can be done', async () => {
    const cwd = usedFolder();
    const before = stateOf(cwd);
    const { code, stdout, stderr } = await run(none, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: 2 files have something in the way in acme; nothing was written.');
    expect(stderr).toContain('  .gitignore: another file is there (7 bytes)\n  README.md: another file');
    expect(stderr).toContain('--on-conflict backup');
    expect(stateOf(cwd)).toEqual(before);
  });

  it.each([
    ['keep', { 'README.md': 'my own\n' }, 'Kept as it was: README.md.'],
    ['backup', { 'README.md.bak': 'my own\n' }, 'What was there is README.md.bak now.'],
    ['new', { 'README.md': 'my own\n' }, 'What it would have been is in README.md.new.'],
  ])('--on-conflict %s', async (resolution, contents, sentence) => {
    const cwd = usedFolder();
    const { code, stdout } = await run([...none, '--on-conflict', resolution], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(sentence);
    for (const [path, text] of Object.entries({ ...contents, 'notes.txt': 'mine' }))
      expect(readFileSync(join(cwd, 'acme', path), 'utf8')).toBe(text);
    expect(treeOf(cwd)).toContain('acme/pyproject.toml');
  });

  it('refuses any other resolution, with the nearest match', async () => {
    const { code, stderr } = await run([...none, '--on-conflict', 'bakup'], { cwd: usedFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('--on-conflict doesn\'t take "bakup".\n  → Did you mean backup?');
  });

  it('is never written through a link that leads out of it, whatever was asked for', async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, 'acme'));
    mkdirSync(join(cwd, 'elsewhere'));
    symlinkSync('../elsewhere', join(cwd, 'acme/src'));
    const before = stateOf(cwd);
    const { code, stderr } = await run([...none, '--on-conflict', 'backup'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('src is a symbolic link that leads out of the folder');
    expect(stateOf(cwd)).toEqual(before);
  });

  it('has nothing left to do the second time', async () => {
    const cwd = emptyFolder();
    await run(none, { cwd });
    const before = stateOf(cwd);
    const { code, stdout } = await run(none, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing to do: the plugin acme is in acme already.');
    expect(stateOf(cwd)).toEqual(before);
  });
});

describe('a look before anything is written', () => {
  it('--dry-run lists every file with its size, and writes nothing', async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run([...none, '--dry-run'], { cwd });
    expect([code, stderr, treeOf(cwd)]).toEqual([0, '', []]);
    expect(stdout).toMatch(/^Would create the plugin acme in acme: \d+ files, \d+\.\d kB\.\n/);
    expect(stdout).toContain('nothing was written');
    await run(none, { cwd });
    const size = String(readFileSync(join(cwd, 'acme/.gitignore')).length);
    expect(stdout).toMatch(new RegExp(`^ {2}create +\\.gitignore +${size} bytes$`, 'm'));
    const listed = [...stdout.matchAll(/^ {2}create +(\S+)/gm)].map(([, path]) => `acme/${path}`);
    expect(listed).toEqual(treeOf(cwd).filter((path) => !path.endsWith('/')));
  });

  it('--dry-run shows what is in the way, and ends as the real run would', async () => {
    const cwd = usedFolder();
    const { code, stdout } = await run([...none, '--dry-run'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^ {2}conflict +README\.md .* another file is there \(7 bytes\)$/m);
    const resolved = await run([...none, '--dry-run', '--on-conflict', 'backup'], { cwd });
    expect(resolved.code).toBe(0);
    expect(resolved.stdout).toMatch(/^ {2}replace +README\.md .* what is there becomes README\.md\.bak$/m);
    expect(treeOf(cwd)).toHaveLength(4);
  });

  it('--diff is a patch that git applies to what a run writes', async () => {
    const cwd = usedFolder();
    const { stdout } = await run([...none, '--diff', '--on-conflict', 'backup'], { cwd });
    writeFileSync(join(cwd, 'the.patch'), stdout);
    execFileSync('git', ['apply', '--directory', 'acme', '--unsafe-paths', 'the.patch'], { cwd });
    const applied = stateOf(join(cwd, 'acme'));
    const other = usedFolder();
    await run([...none, '--on-conflict', 'backup'], { cwd: other });
    const { 'README.md.bak': _, '.gitignore.bak': __, ...wanted } = stateOf(join(other, 'acme'));
    const empty = Object.keys(wanted).filter((path) => wanted[path] === 'file 644 ');
    expect(empty.length).toBeGreaterThan(0);
    expect(applied).toEqual(wanted);
  });

  it('--diff of what is there already is empty', async () => {
    const cwd = emptyFolder();
    await run(none, { cwd });
    expect(await run([...none, '--diff'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('--json', () => {
  it('reports the plan and that it was carried out', async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run([...none, '--json'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    const report = reportIn(stdout);
    expect(report).toMatchObject({ directory: join(cwd, 'acme'), written: true, error: null, exitCode: 0 });
    const paths = treeOf(join(cwd, 'acme')).filter((path) => !path.endsWith('/'));
    expect(report.operations.map(({ path }) => path).sort()).toEqual([...paths]);
    for (const { path, bytes, operation } of report.operations) {
      expect([operation, readFileSync(join(cwd, 'acme', path)).length]).toEqual(['create', bytes]);
    }
  });

  it('reports what is in the way, with the differences where they are asked for', async () => {
    const cwd = usedFolder();
    const { code, stdout, stderr } = await run([...none, '--json', '--diff'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('error: 2 files have something in the way');
    const report = reportIn(stdout);
    expect(report).toMatchObject({ written: false, error: { code: 'conflict' }, exitCode: 2 });
    const readme = report.operations.find(({ path }) => path === 'README.md');
    expect(readme).toMatchObject({ operation: 'conflict', found: 'file', foundAt: 'README.md' });
    expect(readme?.diff).toContain('\n-my own\n+# acme\n');
  });

  it.each([
    [['acme', '--kind', 'pakage'], 'wrong-flag'],
    [['acme', '--on-conflict', 'x'], 'wrong-flag'],
    [[], 'missing-directory'],
    [['acme/../x\u0007'], 'wrong-directory'],
  ])('%j is reported, too', async (args, error) => {
    const { code, stdout } = await run([...args, '--json'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(reportIn(stdout)).toMatchObject({ operations: [], error: { code: error }, exitCode: 2 });
  });
});

describe('in a terminal, a file in the way is asked about', () => {
  it('the difference is shown, and each answer holds for its file', async () => {
    const cwd = usedFolder();
    const args = [executable, ...allGiven];
    const terminal = inTerminal(process.execPath, args, { cwd });
    await terminal.shows('.gitignore: another file is there (7 bytes)');
    terminal.type(keys.enter);
    await terminal.shows('-secret');
    await terminal.shows('+.venv');
    terminal.type(keys.down + keys.enter);
    await terminal.shows('README.md: another file is there');
    terminal.type(keys.down + keys.down + keys.enter);
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.screen()).toContain('Kept as it was: .gitignore.');
    expect(readFileSync(join(cwd, 'acme/.gitignore'), 'utf8')).toBe('secret\n');
    expect(readFileSync(join(cwd, 'acme/README.md.bak'), 'utf8')).toBe('my own\n');
    expect(readFileSync(join(cwd, 'acme/README.md'), 'utf8')).toContain('# acme');
  });

  it('leaving there writes nothing', async () => {
    const cwd = usedFolder();
    const before = stateOf(cwd);
    const terminal = inTerminal(process.execPath, [executable, ...allGiven], { cwd });
    await terminal.shows('.gitignore: another file is there');
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toContain('Cancelled: nothing was written.');
    expect(stateOf(cwd)).toEqual(before);
  });
});
