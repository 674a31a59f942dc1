import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answers } from './answers.ts';

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
  /** By the policy's name. */
  readonly policies: Readonly<Record<string, readonly TemplateFile[]>>;
}

/**
 * Reads the templates of a kind of project from this package's `templates/` folder.
 *
 * @throws Error where the folder is missing, which is a bug in the package
 */
export function loadTemplates(kind: Answers['kind']): Templates {
  const root = templatesFolder();
  return {
    base: readFolder(join(root, kind)),
    parts: readEach(root, 'parts'),
    policies: readEach(root, 'policies'),
  };
}

/** Beside `src/` for the sources, beside `dist/` for the bundle. */
function templatesFolder(): string {
  for (const up of ['../templates', '../../templates']) {
    const folder = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new Error(`No templates beside ${fileURLToPath(import.meta.url)}`);
}

function readEach(root: string, folder: string): Record<string, readonly TemplateFile[]> {
  const names = readdirSync(join(root, folder)).sort();
  return Object.fromEntries(names.map((name) => [name, readFolder(join(root, folder, name))]));
}

function readFolder(folder: string, below = ''): TemplateFile[] {
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
