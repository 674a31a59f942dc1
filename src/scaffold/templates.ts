import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answers, Language } from './answers.ts';

/** A file of a template, before anything is filled in. */
export interface TemplateFile {
  /** Where it goes in the project, with `/`; `__module__` stands for the module's name. */
  readonly path: string;
  readonly text: string;
  /** Whether something is filled in (`.hbs`); any other file is copied as it is. */
  readonly fill: boolean;
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

/**
 * Reads the templates of a kind of project, in its language, from this package's `templates/` folder.
 *
 * @throws Error where the folder is missing, which is a bug in the package
 */
export function loadTemplates(kind: Answers['kind'], language: Language = 'python'): Templates {
  const root = templatesFolder();
  const samples = readFolder(join(root, 'samples'), 'samples/');
  return {
    base: [...samples, ...baseFolders(kind, language).flatMap((name) => readFolder(join(root, name)))],
    parts: readEach(join(root, 'parts'), language),
    added: readAdded(join(root, 'added'), kind, language),
    ownPolicy: [
      ...readFolder(join(root, 'own-policy', 'samples'), 'samples/'),
      ...readFolder(join(root, 'own-policy', language)),
    ],
    service: kind === 'package' ? readService(root) : [],
    policies: readEach(join(root, 'policies'), language),
  };
}

/** What is there for a kind alone, and for its language; what isn't there yet is nothing. */
function baseFolders(kind: Answers['kind'], language: Language): readonly string[] {
  return kind === 'package' ? ['package'] : ['rest', `rest-${language}`];
}

/** Those of a plugin service in Python that differ where it serves a package are in a folder of their own, or are left out. */
function readService(root: string): readonly TemplateFile[] {
  const own = readFolder(join(root, 'packaged-service'));
  const shared = baseFolders('rest', 'python').flatMap((name) => readFolder(join(root, name)));
  const fits = ({ path }: TemplateFile): boolean => path !== '.dockerignore' && !path.startsWith('.github/');
  return [...shared.filter(fits), ...own];
}

/** Beside `src/` for the sources, beside `dist/` for the bundle. */
function templatesFolder(): string {
  for (const up of ['../templates', '../../templates']) {
    const folder = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new Error(`No templates beside ${fileURLToPath(import.meta.url)}`);
}

/** Each folder's files for a language, and its samples, which all languages share. */
function readEach(root: string, language: Language): Record<string, readonly TemplateFile[]> {
  const names = readdirSync(root).sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      [...readFolder(join(root, name, 'samples'), 'samples/'), ...readFolder(join(root, name, language))],
    ]),
  );
}

/** Each part's files: those for all, for a kind, and for a kind in a language. */
function readAdded(
  root: string,
  kind: Answers['kind'],
  language: Language,
): Record<string, readonly TemplateFile[]> {
  const folders = ['any', kind, `${kind}-${language}`];
  return Object.fromEntries(
    readdirSync(root).map((name) => [
      name,
      folders.flatMap((folder) => readFolder(join(root, name, folder))),
    ]),
  );
}

function readFolder(folder: string, below = ''): TemplateFile[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return readFolder(path, `${below}${entry.name}/`);
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    return [{ path: below + projectName(entry.name), text, fill: entry.name.endsWith('.hbs') }];
  });
}

/** npm leaves `.gitignore` out of what it packs, so the template has another name. */
function projectName(name: string): string {
  return name.replace(/\.hbs$/, '').replace(/^_gitignore$/, '.gitignore');
}
