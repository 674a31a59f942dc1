import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTemplate } from './parse-template.ts';
import type { Template } from './template.ts';

/** What is in the folder `templates/`, by name: a folder, a text that is copied as it is, or a template, whose name is without `.hbs`. */
export interface TemplateTree {
  readonly [name: string]: TemplateTree | string | Template;
}

/**
 * Reads and parses all templates. In the package that was done by the build: see `built-template-tree.ts`, which stands in for this module
 * there.
 *
 * @throws Error for a mistake in a template
 */
export function templateTree(): TemplateTree {
  return folder(fileURLToPath(new URL('../../templates', import.meta.url)));
}

function folder(path: string): TemplateTree {
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    entries.map((entry) => {
      const inside = join(path, entry.name);
      return [projectName(entry.name), entry.isDirectory() ? folder(inside) : file(inside)];
    }),
  );
}

function file(path: string): string | Template {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  return path.endsWith('.hbs') ? parseTemplate(text) : text;
}

/** A template's `.gitignore` would be in force in its folder. */
function projectName(name: string): string {
  return name.replace(/\.hbs$/, '').replace(/^_gitignore$/, '.gitignore');
}
