import { readFileSync } from 'node:fs';
import type { TemplateTree } from './template-tree.ts';

/** What the build made of all templates: one file to read, and nothing to parse but JSON. */
export function templateTree(): TemplateTree {
  return JSON.parse(readFileSync(new URL('./templates.json', import.meta.url), 'utf8'));
}
