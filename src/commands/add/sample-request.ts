import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { Failure } from '../../failure.ts';
import type { Request } from '../../scaffold/add/plan-addition.ts';
import type { Project } from '../../scaffold/add/project.ts';
import { sampleFromFile } from '../../scaffold/add/sample-from-file.ts';
import { sampleKinds } from '../../scaffold/add/sample-kinds.ts';
import { checkSampleName, isSampleName } from '../../scaffold/add/sample-names.ts';
import { sampleOfKind } from '../../scaffold/add/sample-of-kind.ts';
import { samplesFromRuns } from '../../scaffold/add/samples-from-runs.ts';
import type { FileToWrite } from '../../scaffold/operations.ts';
import { loadTemplates } from '../../scaffold/templates.ts';
import { oneOf } from '../../terminal/one-of.ts';
import { printable } from '../../terminal/printable.ts';
import type { Prompts } from '../../terminal/prompts.ts';
import type { AddOptions } from './options.ts';

/**
 * The samples to add: configurations that are there, one of a kind, or the runs of a server.
 *
 * @throws Failure where a flag is wrong or a file isn't what it should be
 */
export async function sampleRequest(
  project: Project,
  options: AddOptions,
  prompts: Prompts | null,
): Promise<Request> {
  const { samples } = project.layout;
  const name = options.name === null ? null : checkSampleName(options.name);
  const ways = [options.names.length > 0, options.from !== null, options.kind !== null].filter(Boolean);
  if (ways.length > 1) {
    throw wrong('A sample comes from a file, from --kind or from --from: one of them at a time.');
  }
  if (options.from !== null) {
    if (name !== null) throw wrong('--name is for one sample, and --from makes one of each run.');
    const { files, notes } = samplesFromRuns(textAt(options.from), printable(options.from), samples);
    return { part: 'sample', files: unlessEdited(files, project), notes };
  }
  if (options.names.length > 0) {
    if (name !== null && options.names.length > 1) throw wrong('--name is for one sample.');
    const found = options.names.map((path) =>
      sampleFromFile(
        {
          shown: printable(path),
          base: basename(path),
          folder: basename(dirname(resolve(path))),
          text: textAt(path),
        },
        samples,
        name,
      ),
    );
    const outside = found.filter(({ file }, index) => !isItself(project, options.names[index] ?? '', file));
    return {
      part: 'sample',
      files: distinct(outside.map(({ file }) => file)),
      notes: outside.flatMap(({ notes }) => notes),
    };
  }
  return ofKind(project, options.kind, name, prompts);
}

async function ofKind(
  project: Project,
  typed: string | null,
  given: string | null,
  prompts: Prompts | null,
): Promise<Request> {
  if (prompts === null && typed === null) {
    throw new Failure({
      code: 'missing-sample',
      text: 'Nothing was named that is to be a sample, and nobody is there to be asked.',
      hint: [
        'Name a file, a kind, or the runs of a server:',
        'create-dstack-plugin add sample ../train/.dstack.yml',
        'create-dstack-plugin add sample --kind task --name train',
        'create-dstack-plugin add sample --from runs.json',
      ].join('\n'),
    });
  }
  const kind =
    typed === null
      ? ((await prompts?.choose({
          message: 'Kind of sample',
          choices: sampleKinds.map((value) => ({ value, label: value })),
        })) ?? 'task')
      : oneOf('--kind', typed, sampleKinds);
  const preset = `my-${kind}`;
  const name =
    given ??
    (await prompts?.text({
      message: 'Name',
      default: preset,
      refuse: (answer) => (isSampleName(answer.trim()) ? null : 'Letters, digits and ". _ -".'),
    })) ??
    preset;
  const templates = loadTemplates(project.answers.kind, project.answers.language);
  const file = sampleOfKind(kind, name.trim(), project.layout.samples, templates);
  return { part: 'sample', files: [file], notes: [] };
}

/** A file in the folder of samples is one already. */
function isItself(project: Project, typed: string, file: FileToWrite): boolean {
  return relative(project.directory, resolve(typed)).split(sep).join('/') === file.path;
}

/** An expectation that is there says more than who submitted the run. */
function unlessEdited(files: readonly FileToWrite[], project: Project): readonly FileToWrite[] {
  return files.filter(({ path }) => !(path.endsWith('.expected.yml') && project.read(path) !== null));
}

function distinct(files: readonly FileToWrite[]): readonly FileToWrite[] {
  const names = files.map(({ path }) => path.toLowerCase());
  const twice = files.find(({ path }, index) => names.indexOf(path.toLowerCase()) !== index);
  if (twice === undefined) return files;
  throw wrong(`Two of the files would be ${twice.path}: add them one by one, with --name.`);
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'no-file',
      text: `${printable(path)} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      hint: 'Name a file that is there.',
    });
  }
}

function wrong(text: string): Failure {
  return new Failure({ code: 'wrong-usage', text, hint: 'See npx create-dstack-plugin add --help' });
}
