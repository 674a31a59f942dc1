import type { Answers } from './answers.ts';

type Kind = Answers['kind'];

/** What `--with` and `add` take. */
export type PartName =
  | 'policy'
  | 'sample'
  | 'github-actions'
  | 'gitlab-ci'
  | 'pre-commit'
  | 'docker'
  | 'compose'
  | 'rest';

/** Something that a plugin project can have more of. */
export interface Part {
  readonly name: PartName;
  /** One line for lists. */
  readonly does: string;
  /** The kinds of plugin that can have it. */
  readonly kinds: readonly Kind[];
  /** The kinds of generated projects that have it from the start. */
  readonly from: readonly Kind[];
  /** What it builds upon, and brings along. */
  readonly needs: readonly FilePart[];
}

/** A part that is files and nothing else, once for a project: what a record names, and `--with` takes. */
export type FilePart = Exclude<PartName, 'policy' | 'sample'>;

const both: readonly Kind[] = ['package', 'rest'];

/** Every part, in the order in which they are listed. */
export const parts: readonly Part[] = [
  {
    name: 'policy',
    does: 'a starter policy, or with --empty one of your own, with samples, test and settings',
    kinds: both,
    from: [],
    needs: [],
  },
  {
    name: 'sample',
    does: 'a sample: a .dstack.yml that is there, one of a kind, or the runs of a server',
    kinds: both,
    from: [],
    needs: [],
  },
  {
    name: 'github-actions',
    does: 'a workflow for GitHub that replays the samples',
    kinds: both,
    from: both,
    needs: [],
  },
  {
    name: 'gitlab-ci',
    does: 'a job for GitLab that replays the samples',
    kinds: both,
    from: [],
    needs: [],
  },
  {
    name: 'pre-commit',
    does: 'a hook that replays the samples before a commit',
    kinds: both,
    from: [],
    needs: [],
  },
  {
    name: 'docker',
    does: "an image upon the dstack server's, and the plugin as a mounted volume",
    kinds: both,
    from: ['rest'],
    needs: [],
  },
  {
    name: 'compose',
    does: 'a dstack server with the plugin enabled, on this machine',
    kinds: both,
    from: ['rest'],
    needs: ['docker'],
  },
  {
    name: 'rest',
    does: "a REST plugin that serves this package's policies, in rest/",
    kinds: ['package'],
    from: [],
    needs: [],
  },
];

/** A part by its name. */
export function partOf(name: PartName): Part {
  const found = parts.find((part) => part.name === name);
  if (found === undefined) throw new Error(`There is no part ${name}`);
  return found;
}

/** The parts that `--with` takes for a kind of plugin. */
export function filePartsOf(kind: Kind): readonly FilePart[] {
  return parts
    .filter((part) => part.kinds.includes(kind))
    .flatMap(({ name }) => (isFilePart(name) ? [name] : []));
}

export function isFilePart(name: string): name is FilePart {
  return name !== 'policy' && name !== 'sample' && parts.some((part) => part.name === name);
}

/** With what they need, in the order of the list, without doubles and without what such a project has from the start. */
export function withNeeds(wanted: readonly FilePart[], kind: Kind, isOwn: boolean): readonly FilePart[] {
  const all = new Set(wanted.flatMap((name) => [name, ...partOf(name).needs]));
  return filePartsOf(kind).filter((name) => all.has(name) && !(isOwn && partOf(name).from.includes(kind)));
}
