import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultDescription } from '../../src/scaffold/answers.ts';
import { defaultPolicies } from '../../src/scaffold/choices.ts';
import { newestTestedDstack, toolVersion } from '../../src/version.ts';
import { generate } from '../scaffold/generate.ts';
import { testCache } from '../test-cache.ts';
import { partsOf } from './document.ts';
import type { Scenes } from './running.ts';

/** A project lies at the same place in every scene, because its engine belongs to its path. */
function emptied(name: string): string {
  const parent = join(testCache, 'projects', 'docs');
  mkdirSync(parent, { recursive: true });
  const folder = join(realpathSync(parent), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

/** Pages show what one version of dstack does; readers get the newest. */
function pinned(folder: string): string {
  writeFileSync(join(folder, 'dstack-plugin.yml'), 'dstack: ["0.22.5"]\n');
  return folder;
}

/** The pyproject.toml that a page shows. */
function projectOf(page: string): string {
  const part = partsOf(readFileSync(page, 'utf8')).find(
    (each) => each.type === 'file' && each.path === 'pyproject.toml',
  );
  if (part?.type !== 'file') throw new Error(`${page} shows no pyproject.toml.`);
  return part.content;
}

/** Passes every spec on as it came, as far as JavaScript can. */
const server = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  let spec = {};
  try {
    spec = JSON.parse(text).spec ?? {};
  } catch {}
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ spec }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** The page says so. */
const trapConfiguration = `dstack: ["0.22.5"]
ignore:
  - {finding: never-exercised, samples: ["*"], reason: "each trap has one sample"}
`;

function scaffolded(folder: string): string {
  const flags = { name: 'my-plugin', module: 'my_plugin', policies: [...defaultPolicies] };
  const about = { description: defaultDescription, author: null, parts: [] };
  const answers = { ...flags, ...about, dstack: newestTestedDstack, tool: toolVersion };
  generate({ kind: 'package', language: 'python', ...answers }, folder);
  return folder;
}

/** @param policies the page on policies, whose project its traps share */
export function scenes(policies: string): Scenes {
  return {
    plugin: () => pinned(emptied('my-plugin')),
    empty: () => emptied('empty'),
    project: () => scaffolded(emptied('scaffolded')),
    foreign: () => {
      const folder = emptied('foreign');
      const fixture = fileURLToPath(new URL('../fixtures/example-plugin', import.meta.url));
      cpSync(fixture, folder, { recursive: true });
      rmSync(join(folder, 'samples'), { recursive: true });
      return pinned(folder);
    },
    rest: () => {
      const folder = pinned(emptied('rest'));
      const fixture = fileURLToPath(new URL('../fixtures/example-service/samples', import.meta.url));
      cpSync(fixture, join(folder, 'samples'), { recursive: true });
      writeFileSync(join(folder, 'server.mjs'), server);
      return folder;
    },
    trap: () => {
      const folder = emptied('my-plugin');
      writeFileSync(join(folder, 'dstack-plugin.yml'), trapConfiguration);
      writeFileSync(join(folder, 'pyproject.toml'), projectOf(policies));
      return folder;
    },
  };
}
