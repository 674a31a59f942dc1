import { isMap, parseDocument } from 'yaml';
import { Failure } from '../../failure.ts';
import { isExpectationName, isSampleName } from '../../replay/sample-names.ts';
import { configurationFile } from '../../target/dependency-files.ts';
import type { FileToWrite } from '../operations.ts';
import { hashOf } from '../record.ts';
import { serviceExpectation } from '../service/service-expectation.ts';
import { serviceFolder } from '../service/service-files.ts';
import { serviceSamples } from '../service/service-samples.ts';
import { type Addition, nothing, together } from './addition.ts';
import type { Project } from './project.ts';
import type { ProjectSamples } from './project-samples.ts';
import { lineEndsOf } from './regenerate.ts';

/** What of the copies in the plugin service's folder is new or changed. */
interface Copies {
  readonly addition: Addition;
  /** Every copy as it is made from the samples as they are now: what is recorded. */
  readonly made: readonly FileToWrite[];
}

/**
 * Copies a project's samples, as they are and with what is added to them, into the folder of its plugin service. A copy that somebody has
 * edited stays, and so does the absence of one that was removed. Pure but for reading the project's files.
 */
export function copySamples(
  project: Project,
  samples: ProjectSamples,
  added: readonly FileToWrite[],
): Copies {
  const there = samples.paths.flatMap((path) => {
    const contents = project.read(path);
    return contents === null ? [] : [{ path, contents: contents.replaceAll('\r\n', '\n') }];
  });
  const more = added.filter(({ path }) => isOfSample(path, samples.folder));
  const now = new Map([...there, ...more].map(({ path, contents }) => [path, { path, contents }]));
  const { files: made, untold } = serviceSamples([...now.values()], samples.folder, servedExpectation);
  const before = new Map(
    serviceSamples(there, samples.folder, servedExpectation).files.map(({ path, contents }) => [
      path,
      contents,
    ]),
  );
  const left = untold.filter(({ copy }) => project.read(copy) === null);
  const notes = left.map(
    ({ path }) =>
      `What ${path} expects can't be said of a plugin service without looking: record it in ${serviceFolder}/ with --update.`,
  );
  return {
    addition: together([
      ...made.map((copy) => copyNow(project, copy, before.get(copy.path) ?? null)),
      { ...nothing, notes },
      samples.unnamed && made.length > 0 ? folderNamed(project, samples.folder) : nothing,
    ]),
    made,
  };
}

function servedExpectation(path: string, text: string): string | null {
  try {
    return serviceExpectation(path, text);
  } catch (error) {
    // What is wrong with it the test says, where it stands.
    if (error instanceof Failure) return null;
    throw error;
  }
}

function isOfSample(path: string, folder: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return path.startsWith(`${folder}/`) && (isSampleName(name) || isExpectationName(name));
}

function copyNow(project: Project, copy: FileToWrite, before: string | null): Addition {
  const there = project.read(copy.path);
  const recorded = project.record.files[copy.path];
  if (there === null) return recorded === undefined ? { ...nothing, files: [copy] } : nothing;
  const text = there.replaceAll('\r\n', '\n');
  if (text === copy.contents) return nothing;
  const isUntouched = recorded === undefined ? text === before : recorded === hashOf(text);
  if (isUntouched) {
    const contents = lineEndsOf(there, copy.contents);
    return { ...nothing, files: [{ path: copy.path, contents, replaces: there }] };
  }
  if (recorded === hashOf(copy.contents)) return nothing;
  const note = `${copy.path} was edited, so it stays as it is: look at what the test in ${serviceFolder}/ says of it.`;
  return { ...nothing, notes: [note] };
}

/** Where a project has no folder `samples`, all of it is searched, unless its configuration names one. */
function folderNamed(project: Project, folder: string): Addition {
  const there = project.read(configurationFile);
  const line = `samples: ${JSON.stringify(folder)}`;
  const text = there === null || there === '' || there.endsWith('\n') ? (there ?? '') : `${there}\n`;
  const contents = `${text}# Not all of the project: ${serviceFolder}/ has samples of its own.\n${line}\n`;
  const document = parseDocument(contents);
  if (document.errors.length > 0 || !isMap(document.contents) || document.get('samples') !== folder) {
    const what = `has to name the folder of the samples: ${serviceFolder}/ has its own. Add:`;
    return { ...nothing, byHand: [{ path: configurationFile, what, lines: [line] }] };
  }
  const file = { path: configurationFile, contents: lineEndsOf(there ?? '', contents) };
  return { ...nothing, files: [there === null ? file : { ...file, replaces: there }] };
}
