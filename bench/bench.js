import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { take } from './measure.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const executable = join(repository, 'bin/create-dstack-plugin.js');

/** dstack's own functions in a loop: what most rows are held against. */
export const bareLoopProgram = join(repository, 'bench/programs/bare_loop.py');

/** The version that everything is measured on, unless a row says otherwise. */
export const dstack = '0.22.5';

/**
 * What all rows share: a folder that is removed at the end, a cache of its own in it, and the projects and environments that were made.
 */
export class Bench {
  /** @type {string} */
  work;
  /** @type {number} */
  runs;
  /** @type {NodeJS.ProcessEnv} */
  env;
  /** @type {Map<number, string>} */
  #projects = new Map();

  /**
   * @param {string} work
   * @param {number} runs
   */
  constructor(work, runs) {
    this.work = work;
    this.runs = runs;
    this.env = { ...process.env, NO_COLOR: '1', CI: '', CREATE_DSTACK_PLUGIN_CACHE: join(work, 'cache') };
  }

  /** @param {readonly string[]} args @returns {readonly string[]} */
  tool(...args) {
    return [process.execPath, executable, ...args];
  }

  /**
   * The example plugin with that many samples of every kind, all recorded, and an environment for each version.
   *
   * @param {number} samples
   * @param {readonly string[]} versions
   */
  project(samples, versions = [dstack]) {
    const known = this.#projects.get(samples);
    const folder = known ?? this.#makeProject(samples);
    this.#projects.set(samples, folder);
    if (known === undefined || versions.length > 1)
      take(this.tool('test', '--dstack', versions.join(), '--update'), { cwd: folder, env: this.env });
    return folder;
  }

  /** The Python of the environment that is kept for a project. @param {string} project */
  python(project) {
    const engines = join(this.work, 'cache/engines');
    for (const name of readdirSync(engines)) {
      const manifest = join(engines, name, 'engine.json');
      if (!existsSync(manifest)) continue;
      /** @type {{root: string, engine: {dstack: string, plugins: readonly string[]}}} */
      const { root, engine } = JSON.parse(readFileSync(manifest, 'utf8'));
      // The environment that holds dstack alone names the project that it was made for.
      if (root === project && engine.dstack === dstack && engine.plugins.length > 0)
        return join(engines, name, 'bin/python');
    }
    throw new Error(`there is no environment for ${project}`);
  }

  /**
   * The bare loop over the samples of a project, in its environment.
   *
   * @param {string} project
   * @param {1 | 2} phases
   * @param {string} [plugin]
   * @returns {readonly string[]}
   */
  bareLoop(project, phases, plugin = 'example_plugin') {
    return [this.python(project), bareLoopProgram, plugin, String(phases), join(project, 'samples')];
  }

  /** @param {number} count */
  #makeProject(count) {
    const folder = join(this.work, `samples-${count}`);
    cpSync(join(repository, 'test/fixtures/example-plugin'), folder, { recursive: true });
    const samples = join(folder, 'samples');
    const texts = readdirSync(samples)
      .filter((name) => name.endsWith('.dstack.yml'))
      .map((name) => readFileSync(join(samples, name), 'utf8'));
    rmSync(samples, { recursive: true });
    mkdirSync(samples);
    for (let number = 0; number < count; number++) {
      const text = texts[number % texts.length] ?? '';
      const name = `sample-${String(number).padStart(5, '0')}`;
      writeFileSync(join(samples, `${name}.dstack.yml`), text.replace(/^name: .*/m, `name: ${name}`));
    }
    return folder;
  }
}
