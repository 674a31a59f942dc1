import { pluginGroup } from '../../target/folders.ts';
import { isTable, type Table } from '../../target/pyproject.ts';
import { importOf } from '../python/imports.ts';
import { definition, parsePython } from '../python/syntax.ts';
import type { PluginClass } from './project.ts';

type Read = (path: string) => string | null;

/** Where Python projects keep their modules. */
const sourceFolders = ['src/', '', 'lib/', 'python/'];

/** The entry points in dstack's group, wherever a build backend has its table of them: by name, `module:Class`. */
export function pluginEntryPoints(pyproject: unknown): Readonly<Record<string, string>> {
  if (!isTable(pyproject)) return {};
  for (const [key, value] of Object.entries(pyproject)) {
    const found = key === pluginGroup && isTable(value) ? stringsOf(value) : pluginEntryPoints(value);
    if (Object.keys(found).length > 0) return found;
  }
  return {};
}

function stringsOf(table: Table): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(table).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The folder of a top-level package, or null where there is none: a module that is one file can't hold others. */
export function packageFolder(name: string, isFolder: (path: string) => boolean): string | null {
  const folder = sourceFolders.find((source) => isFolder(`${source}${name}`));
  return folder === undefined ? null : `${folder}${name}`;
}

/** The file that defines what an entry point names, through the imports of packages that only pass it on. */
export function pluginClassOf(entryPoint: string, read: Read): PluginClass | null {
  const [module = '', name = ''] = entryPoint.split(':').map((part) => part.trim());
  return /^[\w.]+$/.test(module) && /^\w+$/.test(name) ? definedIn(module, name, read, 5) : null;
}

function definedIn(module: string, name: string, read: Read, steps: number): PluginClass | null {
  const found = fileOf(module, read);
  if (found === null || steps === 0) return null;
  const file = parsePython(found.text);
  if (definition(file, file.root, 'ClassDefinition', name) !== null) {
    return { file: found.path, module, isPackageFile: found.isPackageFile, name };
  }
  const imported = importOf(file, name);
  if (imported === null) return null;
  return definedIn(absolute(imported.module, module, found.isPackageFile), imported.name, read, steps - 1);
}

function fileOf(module: string, read: Read) {
  const path = module.replaceAll('.', '/');
  for (const source of sourceFolders) {
    for (const isPackageFile of [true, false]) {
      const file = `${source}${path}${isPackageFile ? '/__init__.py' : '.py'}`;
      const text = read(file);
      if (text !== null) return { path: file, text, isPackageFile };
    }
  }
  return null;
}

function absolute(imported: string, from: string, isPackageFile: boolean): string {
  const dots = /^\.*/.exec(imported)?.[0].length ?? 0;
  if (dots === 0) return imported;
  const parts = from.split('.');
  const above = parts.slice(0, parts.length - (isPackageFile ? 0 : 1) - (dots - 1));
  const rest = imported.slice(dots);
  return [...above, ...(rest === '' ? [] : [rest])].join('.');
}
