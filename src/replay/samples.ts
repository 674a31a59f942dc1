import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { filterTakes, nearestPaths } from './sample-filters.ts';
import { expectationNameOf, isExpectationName, isSampleName } from './sample-names.ts';
import { filesBelow, isWithin, projectFiles, slashed } from './sample-search.ts';

/** A file that becomes a spec, and where its expectation is or would be. */
export interface Sample {
  /** Relative to the project's root, with `/`; begins with `../` where a file was named that lies outside. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  /** As `path`. */
  readonly expectationPath: string;
  /** Absolute. It needn't exist. */
  readonly expectationFile: string;
}

/** Where samples are looked for. */
export interface SampleFolder {
  /** The project's folder, absolute and with symbolic links resolved. */
  readonly root: string;
  /** From the configuration or `--samples`, relative to the root or absolute; null: `samples`, or the whole project without one. */
  readonly configured: string | null;
}

/** Where samples are looked for first, below the project's root. */
export const defaultFolder = 'samples';

/**
 * Which samples to replay, sorted by path, code unit by code unit.
 *
 * An argument that names an existing file, from `cwd`, is a sample wherever it lies and whatever its name; any other is a filter on the paths
 * of the samples found ({@link filterTakes}; a folder from `cwd` takes all below it). Without filters and files, all that are found.
 *
 * @throws a {@link Failure} (exit code 2): `no-samples`, `no-sample-matches`, `no-samples-folder`, `samples-outside-project`,
 * `not-a-sample`, `shared-expectation`
 */
export async function selectSamples({
  root,
  cwd,
  configured,
  args,
}: SampleFolder & { readonly cwd: string; readonly args: readonly string[] }): Promise<readonly Sample[]> {
  const named = args.filter((arg) => isFile(resolve(cwd, arg)));
  const filters = args.filter((arg) => !named.includes(arg));
  const selected = new Map<string, Sample>();
  for (const arg of named) {
    const sample = namedSample(root, resolve(cwd, arg), arg);
    selected.set(sample.path, sample);
  }
  if (named.length === 0 || filters.length > 0) {
    const found = await findSamples({ root, configured });
    for (const sample of filters.length === 0 ? found : filtered(found, filters, root, cwd)) {
      selected.set(sample.path, sample);
    }
  }
  const samples = [...selected.values()].sort(byPath);
  refuseSharedExpectations(samples);
  return samples;
}

/**
 * Expectations whose sample is gone, in the folder where samples are looked for, sorted by path. A sample is there if any file beside the
 * expectation could be its sample, even one that has to be named to be replayed. In a project without a folder of samples, a caller who means
 * to remove them should see first that they read as expectations: other tools may use the name.
 */
export async function findObsolete(
  folder: SampleFolder,
): Promise<readonly { readonly path: string; readonly file: string }[]> {
  const files = await searchedFiles(folder);
  const expected = new Set(
    files.filter((path) => !isExpectationName(path)).map((path) => expectationPathOf(path)),
  );
  return files
    .filter((path) => isExpectationName(path) && !expected.has(path))
    .sort()
    .map((path) => ({ path, file: join(folder.root, path) }));
}

/** Every sample and expectation where samples are looked for, relative to the project's root, in no particular order. */
export async function sampleFiles(folder: SampleFolder): Promise<readonly string[]> {
  const files = await searchedFiles(folder);
  return files.filter((path) => isSampleName(basename(path)) || isExpectationName(path));
}

async function findSamples(folder: SampleFolder): Promise<readonly Sample[]> {
  const files = await searchedFiles(folder);
  const found = files.filter((path) => isSampleName(basename(path)));
  if (found.length === 0) throw noSamples(folder, files);
  return found.map((path) => sampleAt(folder.root, path));
}

/** The files of the samples' folder, or of the whole project where there is none, relative to the root. */
async function searchedFiles({ root, configured }: SampleFolder): Promise<readonly string[]> {
  const folder = resolve(root, configured ?? defaultFolder);
  const shown = slashed(relative(root, folder)) || '.';
  if (!isFolder(folder)) {
    if (configured === null) return await projectFiles(root);
    throw new Failure({
      code: 'no-samples-folder',
      text: `The samples' folder ${shown} isn't there, or isn't a folder.`,
      hint: `Make it, or name another one: create-dstack-plugin test --samples ${defaultFolder}`,
    });
  }
  if (!isWithin(realpathSync(folder), root)) {
    throw new Failure({
      code: 'samples-outside-project',
      text: `The samples' folder ${shown} lies outside the project, where nothing is searched.`,
      hint: 'Keep samples in the project, or name single files: create-dstack-plugin test ../elsewhere/train.dstack.yml',
    });
  }
  return filesBelow(folder, root).map((path) => (shown === '.' ? path : `${shown}/${path}`));
}

function filtered(
  found: readonly Sample[],
  filters: readonly string[],
  root: string,
  cwd: string,
): readonly Sample[] {
  const taken = new Set<Sample>();
  for (const filter of filters) {
    const folder = isFolder(resolve(cwd, filter)) ? realpathSync(resolve(cwd, filter)) : null;
    // `.` and `../gpu` can only mean the folder; as a part of a path `.` would take everything.
    const folderOnly = folder !== null && /^\.{0,2}([/\\]|$)/.test(filter);
    const matching = found.filter(
      ({ path, file }) =>
        filter !== '' &&
        ((!folderOnly && filterTakes(filter, path)) || (folder !== null && isWithin(file, folder))),
    );
    if (matching.length === 0) throw noMatch(filter, found, root, cwd);
    for (const sample of matching) taken.add(sample);
  }
  return [...taken];
}

function namedSample(root: string, file: string, arg: string): Sample {
  if (isExpectationName(file)) {
    throw new Failure({
      code: 'not-a-sample',
      text: `${arg} is an expectation; name the sample beside it.`,
      hint: `create-dstack-plugin test ${arg.replace(/\.expected\.yml$/, '.dstack.yml')}`,
    });
  }
  // The folder's links are resolved, as the root's are; the file keeps the name that it was given.
  return sampleAt(root, slashed(relative(root, join(realpathSync(dirname(file)), basename(file)))));
}

function sampleAt(root: string, path: string): Sample {
  const expectationPath = expectationPathOf(path);
  return {
    path,
    file: resolve(root, path),
    expectationPath,
    expectationFile: resolve(root, expectationPath),
  };
}

function expectationPathOf(path: string): string {
  const name = path.lastIndexOf('/') + 1;
  return path.slice(0, name) + expectationNameOf(path.slice(name));
}

/** Also where the other one wasn't selected: its next run would overwrite what this one recorded. */
function refuseSharedExpectations(samples: readonly Sample[]): void {
  const firsts = new Map<string, Sample>();
  for (const sample of samples)
    if (!firsts.has(sample.expectationFile)) firsts.set(sample.expectationFile, sample);
  // The names beside a sample, folder by folder: to look for each of them one by one takes long where there are thousands.
  const names = new Map<string, ReadonlySet<string> | null>();
  const isThere = (file: string): boolean => {
    const folder = dirname(file);
    if (!names.has(folder)) names.set(folder, namesIn(folder));
    return names.get(folder)?.has(basename(file)) !== false && existsSync(file);
  };
  for (const sample of samples) {
    const first = firsts.get(sample.expectationFile);
    refuseSharedExpectation(sample, first === sample ? undefined : first, isThere);
  }
}

/** Null where the folder can't be listed; its files may be readable all the same. */
function namesIn(folder: string): ReadonlySet<string> | null {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return null;
  }
}

function refuseSharedExpectation(
  { path, file, expectationPath, expectationFile }: Sample,
  another: Sample | undefined,
  isThere: (file: string) => boolean,
): void {
  const stem = expectationFile.slice(0, -'.expected.yml'.length);
  const other =
    another?.file ??
    [`${stem}.dstack.yml`, `${stem}.dstack.yaml`, `${stem}.spec.json`].find(
      (name) => name !== file && isThere(name),
    );
  if (other === undefined || realpathSync(other) === realpathSync(file)) return;
  throw new Failure({
    code: 'shared-expectation',
    text: `${path} and ${basename(other)} would share the expectation ${expectationPath}.`,
    place: { file: path },
    hint: 'Rename one of the two.',
  });
}

function noSamples({ root, configured }: SampleFolder, files: readonly string[]): Failure {
  const folder = configured ?? defaultFolder;
  const place =
    configured !== null || isFolder(join(root, defaultFolder)) ? `in ${slashed(folder)}` : 'in this project';
  const near = files.filter((path) => /\.ya?ml$/.test(path) && !isExpectationName(path)).slice(0, 3);
  const passedOver =
    place === 'in this project' || near.length === 0 ? '' : ` (${near.join(', ')} has another name)`;
  return new Failure({
    code: 'no-samples',
    text: `There are no samples ${place}: no file is named NAME.dstack.yml${passedOver}.`,
    hint: `Write a first one: mkdir -p ${slashed(folder)} && printf 'type: task\\ncommands: [echo hello]\\n' > ${slashed(folder)}/first.dstack.yml`,
  });
}

function noMatch(filter: string, found: readonly Sample[], root: string, cwd: string): Failure {
  const near = nearestPaths(
    filter,
    found.map(({ path }) => path),
  );
  const [first] = near;
  const command = first === undefined ? '' : slashed(relative(cwd, join(root, first)));
  return new Failure({
    code: 'no-sample-matches',
    text: `No sample matches ${JSON.stringify(filter)}, and there is no such file. Nearest are ${near.join(', ')}.`,
    hint: `create-dstack-plugin test ${command}`,
  });
}

function byPath(a: Sample, b: Sample): number {
  return a.path < b.path ? -1 : 1;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
