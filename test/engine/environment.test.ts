import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, EngineRequest } from '../../src/engine/engine.ts';
import { keptEngine, prepareEngine } from '../../src/engine/environment.ts';
import { keptRun } from '../../src/engine/memo.ts';
import { Failure } from '../../src/failure.ts';
import { readConfiguration } from '../../src/target/configuration.ts';
import { findTarget } from '../../src/target/find.ts';
import { never, openWorkshop, silent, treeOf, type Workshop } from './projects.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.close());

const none = { dstack: null, python: null };
const project = { dstack: [], python: null };

function requestFor(root: string, more: Partial<EngineRequest> = {}): EngineRequest {
  const target = findTarget(root);
  return { target, configuration: readConfiguration(root), ...none, refresh: false, ...more };
}

/** What Python in the engine says, with an empty environment, as the worker has. */
function python(engine: Engine, code: string): string {
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  return execFileSync(engine.python, ['-c', code], { encoding: 'utf8', env, cwd: '/' }).trim();
}

const load = (name: string): string => `
import sys
from importlib.metadata import entry_points
plugin = next(e for e in entry_points(group="dstack.plugins") if e.name == "${name}").load()
module = sys.modules[plugin.__module__]
print(module.__file__)
print(getattr(module, "added", None))
`;

const projects = [
  ['hatchling', 'quota-guard', ['quota_guard'], 'src/quota_guard/__init__.py', 'pyproject.toml pins it'],
  [
    'uv-build',
    'region-pin',
    ['region-pin'],
    'src/region_pin/__init__.py',
    'the newest that the project allows',
  ],
  [
    'setuptools-pyproject',
    'Tag.Owner',
    ['tag_owner'],
    'src/tag_owner/__init__.py',
    'requirements.txt pins it',
  ],
  ['setuptools-setup-cfg', 'price-cap', ['price_cap'], 'price_cap/__init__.py', 'setup.cfg pins it'],
  ['setup-py', 'spot-only', ['spot_only'], 'spot_only/__init__.py', 'setup.py pins it'],
  [
    'poetry-core',
    'image-registry',
    ['image_registry'],
    'image_registry/__init__.py',
    'the newest that the project allows',
  ],
  ['flit', 'idle_limit', ['idle_limit'], 'idle_limit/__init__.py', 'pyproject.toml pins it'],
  [
    'two-plugins',
    'two-plugins',
    ['limits', 'tags'],
    'src/two_plugins/limits/__init__.py',
    'pyproject.toml pins it',
  ],
] as const;

describe('a project that this tool did not make', () => {
  test.each(projects)(
    '%s: is importable as it stands, and stays as it is',
    async (name, distribution, plugins, file, by) => {
      // A space and letters beyond ASCII in the path, as home folders have.
      const root = workshop.project(name, `Für ${name}'s test`);
      const before = treeOf(root);
      const engine = await prepareEngine(requestFor(root), silent, never);
      expect(engine).toMatchObject({
        distribution,
        plugins,
        dstack: '0.22.5',
        dstackChosenBy: by,
        installed: true,
      });
      const first = plugins[0] ?? '';
      expect(python(engine, load(first))).toBe(`${join(root, file)}\nNone`);
      expect(treeOf(root)).toEqual(before);

      appendFileSync(join(root, file), '\nadded = "an edit"\n');
      expect(python(engine, load(first))).toBe(`${join(root, file)}\nan edit`);
      const kept = keptRun(join(root, dirname(file)), project);
      expect(kept?.engines).toEqual([{ ...engine, installed: false }]);
      expect(kept?.target.root).toBe(root);
      expect(recordIsTrue(engine)).toBe('true');
    },
  );

  test('leaves nothing of the folder that it was built in', () => {
    const engines = join(workshop.cache, 'engines');
    expect(readdirSync(engines).filter((name) => name.startsWith('.building'))).toEqual([]);
    const found = execFileSync('sh', ['-c', `grep -rlI -e .building- "${engines}" || true`], {
      encoding: 'utf8',
    });
    expect(found).toBe('');
  });
});

/** Whether the hashes in RECORD of every distribution that was installed from a folder are those of the files. */
function recordIsTrue(engine: Engine): string {
  return python(
    engine,
    `
import base64, hashlib, importlib.metadata as m
ok = True
for d in m.distributions():
    if d.read_text("direct_url.json") is None: continue
    for f in d.files:
        if f.hash: ok &= base64.urlsafe_b64encode(hashlib.new(f.hash.mode, f.read_binary()).digest()).rstrip(b"=").decode() == f.hash.value
print(str(ok).lower())`,
  );
}

describe('a kept environment', () => {
  test('is not used any more once a file that decides its contents has changed, and is again once it is back', async () => {
    const root = workshop.project('hatchling', 'changes');
    const engine = await prepareEngine(requestFor(root), silent, never);
    expect(keptEngine(requestFor(root))?.folder).toBe(engine.folder);

    const pyproject = readFileSync(join(root, 'pyproject.toml'), 'utf8');
    for (const [file, text] of [
      ['pyproject.toml', `${pyproject}\n# changed\n`],
      ['requirements-dev.txt', 'pytest\n'],
      ['dstack-plugin.yml', 'timeout: 5\n'],
      ['uv.lock', 'version = 1\n'],
    ] as const) {
      const path = join(root, file);
      const before = existsSync(path) ? readFileSync(path, 'utf8') : null;
      writeFileSync(path, text);
      expect(keptRun(root, project), file).toBeNull();
      if (before === null) execFileSync('rm', [path]);
      else writeFileSync(path, before);
      expect(keptRun(root, project), file).not.toBeNull();
    }
    expect(keptRun(root, { dstack: ['0.22.4'], python: null })).toBeNull();
  });

  test('serves another request that comes to the same dstack and Python, without an install', async () => {
    const root = join(workshop.folder, 'changes');
    const engine = await prepareEngine(requestFor(root), silent, never);
    const said: string[] = [];
    const again = await prepareEngine(
      requestFor(root, { dstack: '0.22.5' }),
      (text) => said.push(text),
      never,
    );
    expect(again).toEqual({ ...engine, installed: false, dstackChosenBy: 'the flag --dstack' });
    expect(said).toEqual([]);
  });

  test('keeps the dstack that was once resolved, until it is refreshed', async () => {
    const root = workshop.project('uv-build', 'resolved');
    const pyproject = join(root, 'pyproject.toml');
    const original = readFileSync(pyproject, 'utf8');
    writeFileSync(pyproject, original.replace('<=0.22.5', '<=0.22.4'));
    expect((await prepareEngine(requestFor(root), silent, never)).dstack).toBe('0.22.4');
    writeFileSync(pyproject, original);
    expect((await prepareEngine(requestFor(root), silent, never)).dstack).toBe('0.22.4');
    expect((await prepareEngine(requestFor(root, { refresh: true }), silent, never)).dstack).toBe('0.22.5');
    expect(keptRun(root, project)?.engines[0].dstack).toBe('0.22.5');
  });
});

describe('an environment of a project', () => {
  const dependingOn = (dependency: string, as: string): string => {
    const root = workshop.project('hatchling', as);
    const pyproject = join(root, 'pyproject.toml');
    const text = readFileSync(pyproject, 'utf8');
    writeFileSync(pyproject, text.replace('dependencies = []', `dependencies = ["${dependency}"]`));
    return root;
  };
  /** Every file below `site-packages` that isn't the project's own. */
  const contents = (engine: Engine): readonly string[] => {
    const code = `
import os, sysconfig
root = sysconfig.get_path("purelib")
for folder, _, names in os.walk(root):
    for name in names:
        print(os.path.relpath(os.path.join(folder, name), root))
`;
    return python(engine, code)
      .split('\n')
      .filter((file) => !/quota_guard/.test(file))
      .sort();
  };

  test('shares the files of the dstack that all projects share', async () => {
    const one = await prepareEngine(requestFor(workshop.project('hatchling', 'one')), silent, never);
    const other = await prepareEngine(requestFor(workshop.project('hatchling', 'other')), silent, never);
    expect(one.base).toMatch(/\/engines\/dstack-0\.22\.5-\w+$/);
    expect(other.base).toBe(one.base);
    const file = 'import dstack.plugins, os; print(os.stat(dstack.plugins.__file__).st_ino)';
    expect(python(other, file)).toBe(python(one, file));
  });

  test('holds what it would hold without the shared one, and the bytecode of what is imported before its first replay', async () => {
    const root = dependingOn('stamina==25.1.0', 'adds');
    const shared = await prepareEngine(requestFor(root), silent, never);
    expect(shared.base).not.toBeNull();
    const alone = await prepareEngine(requestFor(root, { refresh: true }), silent, never);
    expect(alone.base).toBeNull();
    const sources = (engine: Engine) => contents(engine).filter((file) => !file.includes('__pycache__'));
    expect(sources(shared)).toEqual(sources(alone));
    const compiled = contents(shared).join('\n');
    expect(compiled).toMatch(/^stamina\/__pycache__\/_core\./m);
    expect(compiled).toMatch(/^dstack\/plugins\/__pycache__\/_base\./m);
    expect(compiled).toMatch(/^dstack\/api\/__pycache__\/__init__\./m);
  });

  test('is made from nothing where the project needs something else than dstack alone brings', async () => {
    const root = dependingOn('packaging==24.0', 'replaces');
    const engine = await prepareEngine(requestFor(root), silent, never);
    expect(engine).toMatchObject({ base: null, dstack: '0.22.5', plugins: ['quota_guard'] });
    expect(python(engine, 'import packaging; print(packaging.__version__)')).toBe('24.0');
    expect(contents(engine).filter((name) => /^packaging-.*METADATA$/.test(name))).toEqual([
      'packaging-24.0.dist-info/METADATA',
    ]);
  });
});

describe('a project that refers to what lies above it', () => {
  test('gets the library from a path that leads out of it, and imports it from where it is', async () => {
    const root = workshop.project('hatchling', 'repository/plugins/guard');
    const library = join(workshop.folder, 'repository', 'library');
    mkdirSync(join(library, 'src', 'company_rules'), { recursive: true });
    writeFileSync(join(library, 'src', 'company_rules', '__init__.py'), 'limit = 5\n');
    writeFileSync(
      join(library, 'pyproject.toml'),
      '[project]\nname = "company-rules"\nversion = "1"\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n',
    );
    const pyproject = join(root, 'pyproject.toml');
    const text = readFileSync(pyproject, 'utf8').replace(
      'dependencies = []',
      'dependencies = ["company-rules"]',
    );
    writeFileSync(
      pyproject,
      `${text}\n[tool.uv.sources]\ncompany-rules = { path = "../../library", editable = true }\n`,
    );
    symlinkSync(root, join(workshop.folder, 'linked'));
    const engine = await prepareEngine(requestFor(join(workshop.folder, 'linked')), silent, never);
    expect(python(engine, 'import company_rules; print(company_rules.__file__)')).toBe(
      join(library, 'src', 'company_rules', '__init__.py'),
    );
  });

  test('gets its version where it would come from a history', async () => {
    const root = workshop.project('setuptools-pyproject', 'versioned');
    const pyproject = join(root, 'pyproject.toml');
    const text = readFileSync(pyproject, 'utf8')
      .replace('["setuptools>=64"]', '["setuptools>=64", "setuptools-scm"]')
      .replace('version = "1.0"\n', '')
      .replace('["dependencies"]', '["dependencies", "version"]');
    writeFileSync(pyproject, `${text}\n[tool.setuptools_scm]\n`);
    expect((await prepareEngine(requestFor(root), silent, never)).plugins).toEqual(['tag_owner']);
  });
});

describe('what cannot be installed', () => {
  const change = (name: string, as: string, from: string, to: string): EngineRequest => {
    const root = workshop.project(name, as);
    const file = join(root, 'pyproject.toml');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
    return requestFor(root);
  };
  const failure = async (request: EngineRequest): Promise<unknown> =>
    await prepareEngine(request, silent, never).then(
      () => expect.unreachable('it was installed'),
      (error: unknown) => error,
    );

  test('a version of dstack that does not exist is named', async () => {
    const request = { ...requestFor(workshop.project('hatchling', 'no-version')), dstack: '0.99.0' };
    expect(await failure(request)).toMatchObject({
      code: 'dstack-not-found',
      exitCode: 3,
      message: 'The package index has no dstack 0.99.0.',
    });
  });

  test('a version of dstack from before there were plugins is told so', async () => {
    const request = { ...requestFor(workshop.project('hatchling', 'too-old')), dstack: '0.18.0' };
    expect(await failure(request)).toMatchObject({
      code: 'dstack-too-old',
      exitCode: 3,
      message: 'dstack 0.18.0 is too old: it has no plugins yet.',
    });
  });

  test('requirements that refuse the dstack version are told with the resolver’s words', async () => {
    const request = change('hatchling', 'refuses', 'dependencies = []', 'dependencies = ["dstack<0.22"]');
    expect(await failure(request)).toMatchObject({
      code: 'dstack-refused',
      exitCode: 3,
      message: "The requirements of quota-guard and dstack 0.22.5 don't go together.",
      details: expect.stringContaining('dstack<0.22'),
    });
  });

  test('a dependency that does not exist is told apart from dstack', async () => {
    const request = change('hatchling', 'missing', 'dependencies = []', 'dependencies = ["pydantic>999"]');
    expect(await failure(request)).toMatchObject({
      code: 'requirements-unsatisfiable',
      exitCode: 3,
      details: expect.stringContaining('pydantic>999'),
    });
  });

  test('a build that fails is told with the words of the backend, and with the paths of the project', async () => {
    const request = change('hatchling', 'broken', 'packages = ["src/quota_guard"]', 'packages = 5');
    const error = await failure(request);
    expect(error).toMatchObject({ code: 'build-failed', exitCode: 3 });
    const details = error instanceof Failure ? error.details : '';
    expect(details).toContain('must be an array of strings');
    expect(details).toContain(request.target.root);
    expect(details?.split('\n').length).toBeLessThan(30);
  });

  test('a Python that the project does not allow is a sentence', async () => {
    const request = change('hatchling', 'python', 'requires-python = ">=3.10"', 'requires-python = ">=3.99"');
    expect(await failure(request)).toMatchObject({
      code: 'no-python',
      exitCode: 3,
      message: 'This machine has no Python from 3.10 on that the project allows (>=3.99).',
    });
  });

  test('a project without plugins in its metadata is refused', async () => {
    const request = change(
      'hatchling',
      'nothing',
      '[project.entry-points."dstack.plugins"]',
      '[tool.something."dstack.plugins"]',
    );
    expect(await failure(request)).toMatchObject({ code: 'no-plugins', exitCode: 3 });
  });

  test('nothing of it is left behind', () => {
    expect(readdirSync(join(workshop.cache, 'engines')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readdirSync(join(workshop.cache, 'projects')).filter((name) => name.endsWith('.lock'))).toEqual(
      [],
    );
  });
});
