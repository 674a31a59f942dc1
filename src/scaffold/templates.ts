import type { Answers, Language } from './answers.ts';
import type { Template } from './template.ts';
import { type TemplateTree, templateTree } from './template-tree.ts';

/** A file of a template, before anything is filled in. */
export interface TemplateFile {
  /** Where it goes in the project, with `/`; `__module__` stands for the module's name. */
  readonly path: string;
  /** A text is copied as it is. */
  readonly contents: string | Template;
}

/** What a project is put together from. */
export interface Templates {
  /** What every project has. */
  readonly base: readonly TemplateFile[];
  /** What policies share, by name. `policies` is needed by all of them. */
  readonly parts: Readonly<Record<string, readonly TemplateFile[]>>;
  /** By the name of a part that is files and nothing else. */
  readonly added: Readonly<Record<string, readonly TemplateFile[]>>;
  /** Of a policy that the project's author is going to write; none where the language has no such thing. */
  readonly ownPolicy: readonly TemplateFile[];
  /** Of the plugin service that serves a package's policies, below its folder; none for other kinds. */
  readonly service: readonly TemplateFile[];
  /** By the policy's name. */
  readonly policies: Readonly<Record<string, readonly TemplateFile[]>>;
}

/** Read once: `add` asks at several moments. */
let known: TemplateTree | null = null;

/** The templates of a kind of project, in its language. */
export function loadTemplates(kind: Answers['kind'], language: Language = 'python'): Templates {
  known ??= templateTree();
  const tree = known;
  return {
    base: [
      ...filesIn(tree, ['samples'], 'samples/'),
      ...baseFolders(kind, language).flatMap((name) => filesIn(tree, [name])),
    ],
    parts: byName(tree, 'parts', language),
    added: added(tree, kind, language),
    ownPolicy: [
      ...filesIn(tree, ['own-policy', 'samples'], 'samples/'),
      ...filesIn(tree, ['own-policy', language]),
    ],
    service: kind === 'package' ? service(tree) : [],
    policies: byName(tree, 'policies', language),
  };
}

/** What is there for a kind alone, and for its language; what isn't there yet is nothing. */
function baseFolders(kind: Answers['kind'], language: Language): readonly string[] {
  return kind === 'package' ? ['package'] : ['rest', `rest-${language}`];
}

/** Those of a plugin service in Python that differ where it serves a package are in a folder of their own, or are left out. */
function service(tree: TemplateTree): readonly TemplateFile[] {
  const shared = baseFolders('rest', 'python').flatMap((name) => filesIn(tree, [name]));
  const fits = ({ path }: TemplateFile): boolean => path !== '.dockerignore' && !path.startsWith('.github/');
  return [...shared.filter(fits), ...filesIn(tree, ['packaged-service'])];
}

/** Each folder's files for a language, and its samples, which all languages share. */
function byName(
  tree: TemplateTree,
  among: string,
  language: Language,
): Record<string, readonly TemplateFile[]> {
  return Object.fromEntries(
    Object.keys(folderAt(tree, [among])).map((name) => [
      name,
      [...filesIn(tree, [among, name, 'samples'], 'samples/'), ...filesIn(tree, [among, name, language])],
    ]),
  );
}

/** Each part's files: those for all, for a kind, and for a kind in a language. */
function added(
  tree: TemplateTree,
  kind: Answers['kind'],
  language: Language,
): Record<string, readonly TemplateFile[]> {
  const folders = ['any', kind, `${kind}-${language}`];
  return Object.fromEntries(
    Object.keys(folderAt(tree, ['added'])).map((name) => [
      name,
      folders.flatMap((folder) => filesIn(tree, ['added', name, folder])),
    ]),
  );
}

/** All files in a folder of the templates, and in those below it; none where there is no such folder. */
function filesIn(tree: TemplateTree, path: readonly string[], below = ''): readonly TemplateFile[] {
  return Object.entries(folderAt(tree, path)).flatMap(([name, entry]) => {
    if (typeof entry === 'string' || isTemplate(entry)) return [{ path: below + name, contents: entry }];
    return filesIn(entry, [], `${below}${name}/`);
  });
}

function folderAt(tree: TemplateTree, path: readonly string[]): TemplateTree {
  let folder = tree;
  for (const name of path) {
    const entry = folder[name];
    if (typeof entry !== 'object' || isTemplate(entry)) return {};
    folder = entry;
  }
  return folder;
}

function isTemplate(entry: TemplateTree | Template): entry is Template {
  return Array.isArray(entry);
}
