import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProjectCopy } from './copy.ts';

/**
 * Lets an environment that was installed from a copy of a project import the project itself: every path below the copy, in what build
 * backends leave in `site-packages` (`.pth` files, import hooks, `direct_url.json`), becomes the same path below the original.
 */
export function relocate(sitePackages: string, copy: ProjectCopy): void {
  const names = readdirSync(sitePackages);
  const changed = new Set<string>();
  for (const name of names) {
    const rewrite = rewriters[extname(name)];
    if (rewrite === undefined) continue;
    const before = readFileSync(join(sitePackages, name), 'utf8');
    const after = rewrite(before, copy);
    if (after === before) continue;
    writeFileSync(join(sitePackages, name), after);
    changed.add(name);
    if (name.endsWith('.py')) forgetCompiled(sitePackages, name);
  }
  for (const name of names.filter((item) => item.endsWith('.dist-info'))) {
    const file = `${name}/direct_url.json`;
    if (!existsSync(join(sitePackages, file))) continue;
    const before = readFileSync(join(sitePackages, file), 'utf8');
    const after = rewriteDirectUrl(before, copy);
    if (after === before) continue;
    writeFileSync(join(sitePackages, file), after);
    changed.add(file);
  }
  for (const name of names.filter((item) => item.endsWith('.dist-info'))) {
    updateRecord(sitePackages, join(name, 'RECORD'), changed);
  }
}

type Rewrite = (text: string, copy: ProjectCopy) => string;

/** Import hooks are Python, where a path stands in a string literal; lines of `.pth` files are bare paths. */
const rewriters: Readonly<Record<string, Rewrite>> = { '.pth': rewritePth, '.py': rewritePython };

/** Rewrites the text of a `.pth` file. */
export function rewritePth(text: string, copy: ProjectCopy): string {
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      if (!line.startsWith(copy.prefix)) return rewritePython(line, copy);
      const path = copy.original + line.trimEnd().slice(copy.prefix.length);
      // Python reads these files in the locale's encoding before 3.13, so anything but plain ASCII has to be spelt as code.
      const plain = /^[\x20-\x7e]+$/.test(path) && path.trim() === path;
      return `${plain ? path : `import sys; sys.path.append(${pythonLiteral(path)})`}\n`;
    })
    .join('');
}

/** Rewrites the paths in string literals of Python code. */
export function rewritePython(text: string, copy: ProjectCopy): string {
  const inside = pythonLiteral(copy.original).slice(1, -1).replaceAll("'", "\\'");
  const escaped = copy.prefix.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return text.replaceAll(escaped, () => inside).replaceAll(copy.prefix, () => inside);
}

function rewriteDirectUrl(text: string, copy: ProjectCopy): string {
  const parsed: unknown = JSON.parse(text);
  const url = typeof parsed === 'object' && parsed !== null && 'url' in parsed ? parsed.url : null;
  if (typeof url !== 'string' || !url.startsWith('file:')) return text;
  const path = fileURLToPath(url);
  if (!path.startsWith(copy.prefix)) return text;
  const moved = pathToFileURL(copy.original + path.slice(copy.prefix.length)).href;
  return JSON.stringify({ ...(parsed as object), url: moved }); // it has a `url`, so it is an object
}

/** A Python string literal in ASCII. */
function pythonLiteral(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
  });
}

function forgetCompiled(sitePackages: string, name: string): void {
  const folder = join(sitePackages, '__pycache__');
  if (!existsSync(folder)) return;
  const stem = `${basename(name, '.py')}.`;
  for (const compiled of readdirSync(folder)) {
    if (compiled.startsWith(stem)) rmSync(join(folder, compiled));
  }
}

/** RECORD holds the hash and size of each file; it is kept true, for whoever checks it. */
function updateRecord(sitePackages: string, record: string, changed: ReadonlySet<string>): void {
  if (!existsSync(join(sitePackages, record))) return;
  const before = readFileSync(join(sitePackages, record), 'utf8');
  const after = before
    .split('\n')
    .map((line) => {
      const file = line.slice(0, Math.max(0, line.indexOf(',')));
      if (!changed.has(file)) return line;
      const bytes = readFileSync(join(sitePackages, file));
      return `${file},sha256=${createHash('sha256').update(bytes).digest('base64url')},${bytes.length}`;
    })
    .join('\n');
  if (after !== before) writeFileSync(join(sitePackages, record), after);
}
