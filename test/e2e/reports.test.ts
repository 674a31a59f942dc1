import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { reporterNames } from '../../src/report/reporter-names.ts';
import { run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const documentation = readFileSync(join(repository, 'docs/reports.md'), 'utf8');
const excerpts = [...documentation.matchAll(/<!-- excerpt of: (\w+) -->\n````\w*\n([\s\S]*?)\n````\n/g)].map(
  ([, name = '', text = '']) => [name, text] as const,
);

let folder: string;

beforeAll(async () => {
  folder = copyOfFixture('version-skew');
  mkdirSync(join(folder, 'r'));
  await run(['test', '--dstack', '0.21.2', '--update', '--no-offer'], { cwd: folder });
  const files = reporterNames.flatMap((name) => ['--reporter', `${name}=r/${name}`]);
  await run(['test', '--dstack', '0.21.2,0.21.3', '--no-offer', ...files], { cwd: folder });
  const verbose = ['test', 'samples/train', '--dstack', '0.21.3', '--no-offer', '--verbose'];
  await run([...verbose, '--reporter', 'pretty=r/verbose'], { cwd: folder });
});

test('the documentation has an excerpt of every report but the page', () => {
  expect(excerpts.map(([name]) => name).sort()).toEqual(
    [...reporterNames.filter((name) => name !== 'html'), 'verbose'].sort(),
  );
});

test.each(excerpts)('the documentation shows what %s really writes', (name, excerpt) => {
  const written = readFileSync(join(folder, 'r', name), 'utf8').replaceAll(/time="[\d.]+"/g, 'time="0.001"');
  expect(written).toContain(excerpt);
});

test('no report holds a secret of a sample, whole specs included', async () => {
  const plugin = copyOfFixture('example-plugin');
  const secret = 'hf_0123456789abcdef';
  const text = `type: task\nname: secret\ncommands: [":"]\nenv: {HF_TOKEN: ${secret}}\nregistry_auth: {username: me, password: ${secret}}\n`;
  writeFileSync(join(plugin, 'samples/secret.dstack.yml'), text);
  mkdirSync(join(plugin, 'r'));
  const files = reporterNames.flatMap((name) => ['--reporter', `${name}=r/${name}`]);
  const { stderr } = await run(['test', 'secret', '--dstack', '0.22.5', '--verbose', ...files], {
    cwd: plugin,
  });
  for (const name of reporterNames) {
    const written = readFileSync(join(plugin, 'r', name), 'utf8');
    expect(written, name).toContain('secret.dstack.yml');
    expect(written, name).not.toContain(secret);
  }
  expect(readFileSync(join(plugin, 'r/pretty'), 'utf8')).toContain('HF_TOKEN: "***"');
  expect(stderr).not.toContain(secret);
});
