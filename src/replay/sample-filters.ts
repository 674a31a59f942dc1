import { distance } from '../terminal/nearest.ts';

/**
 * Whether a filter takes a sample. One with `*` or `?` is a pattern for the end of the path from some folder on (`**` crosses folders, `*` and
 * `?` don't: `train-*`, `gpu/**`); any other is looked for anywhere in the path.
 *
 * @param path relative to the project's root, with `/`
 */
export function filterTakes(filter: string, path: string): boolean {
  const wanted = filter.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  return /[*?]/.test(wanted) ? patternOf(wanted).test(path) : path.includes(wanted);
}

function patternOf(filter: string): RegExp {
  const source = filter.replace(/\*\*\/?|[*?]|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`(?:^|/)${source}$`, 'su');
}

/** The paths that a filter without a match may have meant, nearest first, at most three. */
export function nearestPaths(filter: string, paths: readonly string[]): readonly string[] {
  const wanted = filter.toLowerCase();
  const slips = (path: string): number => {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    const stem = name.replace(/\.dstack\.ya?ml$/, '');
    return Math.min(distance(wanted, stem), distance(wanted, name), distance(wanted, path.toLowerCase()));
  };
  return paths
    .map((path) => ({ path, slips: slips(path) }))
    .sort((a, b) => a.slips - b.slips || (a.path < b.path ? -1 : 1))
    .slice(0, 3)
    .map(({ path }) => path);
}
