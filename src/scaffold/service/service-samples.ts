import { isExpectationName } from '../../replay/sample-names.ts';
import type { FileToWrite } from '../operations.ts';
import { serviceFolder } from './service-files.ts';

/** Copies for a plugin service, and what can't be copied. */
export interface ServiceSamples {
  readonly files: readonly FileToWrite[];
  /** Expectations that nothing sure can be said of as a plugin service answers, and where they would be. */
  readonly untold: readonly { readonly path: string; readonly copy: string }[];
}

/** dstack's profiles, which decide what a configuration becomes, beside the samples. */
export const profilesPath = '.dstack/profiles.yml';

/**
 * The samples of a plugin service that serves a package's policies: the package's own, with what is expected of them as a plugin service
 * answers. Pure.
 *
 * @param files of the project; what is no sample, expectation or profile of it is passed over
 * @param folder the one of the project's samples, without a slash at the end
 * @param served what an expectation says of a plugin service; null: that can't be told
 */
export function serviceSamples(
  files: readonly FileToWrite[],
  folder: string,
  served: (path: string, contents: string) => string | null,
): ServiceSamples {
  const copies: FileToWrite[] = [];
  const untold: { path: string; copy: string }[] = [];
  for (const { path, contents } of files) {
    const copy = copyPath(path, folder);
    if (copy === null) continue;
    const text = isExpectationName(path) ? served(path, contents) : contents;
    if (text === null) untold.push({ path, copy });
    else copies.push({ path: copy, contents: text });
  }
  return { files: copies, untold };
}

/** Where a file's copy is; null: it has none. */
function copyPath(path: string, folder: string): string | null {
  if (path === profilesPath) return `${serviceFolder}/${path}`;
  const below = `${folder}/`;
  return path.startsWith(below) ? `${serviceFolder}/samples/${path.slice(below.length)}` : null;
}
