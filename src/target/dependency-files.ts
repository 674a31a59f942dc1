import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The configuration's name in the project's root. */
export const configurationFile = 'dstack-plugin.yml';

const atRoot =
  /^(pyproject\.toml|setup\.(cfg|py)|uv\.(lock|toml)|poetry\.lock|pdm\.lock|entry_points\.txt|hatch\.toml|hatch_build\.py|[\w.-]*(requirements|constraints)[\w.-]*\.(txt|in))$/;

/**
 * The files of a Python project that decide what is installed for it, relative to its root and sorted. Only names are looked at (one
 * listing), so that it can be asked again before every run.
 */
export function dependencyFilesIn(root: string): string[] {
  const names = listing(root);
  const files = names.filter((name) => atRoot.test(name));
  if (names.includes('requirements')) {
    const nested = listing(join(root, 'requirements')).filter((name) => /\.(txt|in)$/.test(name));
    files.push(...nested.map((name) => `requirements/${name}`));
  }
  return files.sort();
}

/** Whether a path, relative to the root of a project, with `/`, is that of a file that decides what is installed for it. */
export function isDependencyFile(path: string): boolean {
  return atRoot.test(path) || /^requirements\/[^/]+\.(txt|in)$/.test(path);
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
