import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import { sampleFiles } from '../../replay/samples.ts';
import { readConfiguration } from '../../target/configuration.ts';
import { serviceFolder } from '../service/service-files.ts';
import { profilesPath } from '../service/service-samples.ts';
import type { Project } from './project.ts';

/** Where a project has its samples, and what belongs to them. */
export interface ProjectSamples {
  /** Without a slash at the end. */
  readonly folder: string;
  /** Samples, expectations and dstack's profiles; relative to the project. */
  readonly paths: readonly string[];
  /** Whether the configuration has to name the folder, so that nothing outside it is taken for a sample. */
  readonly unnamed: boolean;
}

/**
 * Finds the samples of a project as `test` does.
 *
 * @throws Failure where they lie in no folder of their own: copies of them in the project would be samples of it as well
 */
export async function samplesOf({ directory, layout }: Project): Promise<ProjectSamples> {
  const configured = readConfiguration(directory).samples;
  const profiles = existsSync(join(directory, profilesPath)) ? [profilesPath] : [];
  const has = existsSync(join(directory, layout.samples));
  if (!has && configured !== null) return { folder: layout.samples, paths: profiles, unnamed: false };
  const paths = (await sampleFiles({ root: directory, configured })).filter(
    (path) => !path.startsWith(`${serviceFolder}/`),
  );
  if (paths.length === 0) return { folder: layout.samples, paths: profiles, unnamed: false };
  const folder = has ? layout.samples : commonFolder(paths);
  if (folder === '.' || folder === '') {
    const [first = ''] = paths.toSorted();
    throw new Failure({
      code: 'not-possible',
      text: `The samples lie in no folder of their own (${first}), so that their copies in ${serviceFolder}/samples would be samples of the package, too.`,
      hint: 'Move them to samples/, then run this again.',
    });
  }
  return { folder, paths: [...paths, ...profiles], unnamed: !has };
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  const differs = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (differs < 0 ? first : first.slice(0, differs)).join('/');
}
