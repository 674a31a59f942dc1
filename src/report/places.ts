import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { lineAt, parseSource, type Source } from '../replay/expectation/source.ts';
import { tokensOf } from '../replay/pointer.ts';
import type { Places } from './report.ts';

/**
 * Where the files of a project are. Samples are read only when a line of one is asked for.
 *
 * @param root the project's folder, absolute
 */
export function placesIn(root: string): Places {
  const sources = new Map<string, Source | null>();
  let repository: string | null = null;
  const sourceOf = (sample: string): Source | null => {
    const known = sources.get(sample);
    if (known !== undefined) return known;
    const source = readSource(join(root, sample));
    sources.set(sample, source);
    return source;
  };
  return {
    absolute: (file) => resolve(root, file),
    inRepository(file) {
      repository ??= repositoryOf(root);
      return relative(repository, resolve(root, file)).split(sep).join('/');
    },
    lineOf(sample, pointer) {
      const source = sourceOf(sample);
      if (source === null) return null;
      const tokens = tokensOf(pointer);
      if (sample.endsWith('.json')) return lineAt(source, tokens);
      // A configuration file holds what a spec holds below `configuration`, and nothing else of it.
      return tokens[0] === 'configuration' ? lineAt(source, tokens.slice(1)) : null;
    },
  };
}

function readSource(file: string): Source | null {
  try {
    return parseSource(file, readFileSync(file, 'utf8'));
  } catch {
    // It was replayed, so dstack reads what this parser doesn't, or it is gone since: there is no line to point at.
    return null;
  }
}

/** The nearest folder above that holds a `.git`, which in a work tree is a file; the project's own where there is none. */
function repositoryOf(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return root;
  }
}
