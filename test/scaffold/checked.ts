import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { dstackEnvironment, ran, uv } from './dstack-python.ts';
import { go } from './go.ts';
import { modulesOf } from './typescript-modules.ts';

const pyright = fileURLToPath(new URL('../../node_modules/pyright/index.js', import.meta.url));

async function passes(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { code, output } = await ran(file, args, cwd, env);
  expect(code, `${file} ${args.join(' ')}\n${output}`).toBe(0);
}

/**
 * The commands of a Python project's README, with what is in its `dev` group: linter, formatter, tests and, unless it says otherwise, the type
 * checker. `beside`: the folders of packages that it needs.
 */
export async function checkPython(
  project: string,
  { types = true, beside = [] }: { readonly types?: boolean; readonly beside?: readonly string[] } = {},
): Promise<void> {
  const environment = await dstackEnvironment('0.22.5');
  const tool = (name: string): string => join(environment, 'bin', name);
  // Beside the environment and not into it: another run of the tests may be using that.
  const installed = join(project, '.venv');
  const env = { PYTHONPATH: installed };
  const target = ['--python', environment, '--target', installed];
  await passes(await uv(), ['pip', 'install', '--no-deps', ...target, ...beside, project], project);
  await passes(tool('ruff'), ['check', '--no-cache'], project);
  await passes(tool('ruff'), ['format', '--check', '--no-cache'], project);
  await passes(tool('python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], project, env);
  if (types) await passes(process.execPath, [pyright, '--pythonpath', tool('python')], project, env);
  // uv would take it for the project's environment.
  rmSync(installed, { recursive: true });
}

/** `npm run check` of a TypeScript project, with the packages of its package.json. */
export async function checkTypescript(project: string): Promise<void> {
  symlinkSync(await modulesOf(project), join(project, 'node_modules'), 'junction');
  await passes('npm', ['run', 'check'], project, { NODE_ENV: 'test' });
}

/** Vet, the linter in the version that the project's workflow runs, formatter and tests of a Go project. */
export async function checkGo(project: string): Promise<void> {
  const succeeds = async (...args: readonly string[]): Promise<void> => {
    const { code, output } = await go(args, project);
    expect(code, `go ${args.join(' ')}\n${output}`).toBe(0);
  };
  await succeeds('vet', './...');
  await succeeds('run', linterOf(project), './...');
  await succeeds('test', './...');
  const { code, output } = await ran('gofmt', ['-s', '-l', '.'], project);
  expect({ code, output }).toEqual({ code: 0, output: '' });
}

function linterOf(project: string): string {
  const workflow = readFileSync(join(project, '.github/workflows/check.yml'), 'utf8');
  const command = /honnef\.co\/go\/tools\/cmd\/staticcheck@[\w.]+/.exec(workflow)?.[0];
  if (command === undefined) throw new Error('The workflow runs no linter');
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toContain(command);
  return command;
}
