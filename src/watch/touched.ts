import { basename } from 'node:path';
import { isExpectationName, isSampleName } from '../replay/sample-names.ts';
import type { Sample } from '../replay/samples.ts';
import { configurationFile, isDependencyFile } from '../target/dependency-files.ts';

/** A file that somebody changed, relative to the project's root, with `/`. */
export interface FileChange {
  readonly path: string;
  /** Whether it is gone. */
  readonly gone: boolean;
}

/** What changes in a project mean for its replays. */
export type Touched =
  | { readonly type: 'nothing' }
  /** Samples by their paths; nothing but they or their expectations changed. */
  | { readonly type: 'samples'; readonly paths: readonly string[] }
  /** The policies, or what all samples share. */
  | { readonly type: 'all' }
  /** The configuration or the dependencies: engines and the plugin service may be others now. */
  | { readonly type: 'project' };

/**
 * What has to be replayed after some changes, and no more.
 *
 * @param samples those that are watched; a file that becomes one of them is told by its name
 */
export function touched(changes: readonly FileChange[], samples: readonly Sample[]): Touched {
  const each = changes.map((change) => touchedBy(change, samples));
  const worst = (['project', 'all'] as const).find((type) => each.some((one) => one.type === type));
  if (worst !== undefined) return { type: worst };
  const paths = new Set(each.flatMap((one) => (one.type === 'samples' ? one.paths : [])));
  return paths.size === 0 ? { type: 'nothing' } : { type: 'samples', paths: [...paths].sort() };
}

function touchedBy({ path, gone }: FileChange, samples: readonly Sample[]): Touched {
  if (path === configurationFile || isDependencyFile(path)) return { type: 'project' };
  const name = basename(path);
  if (isExpectationName(name)) {
    const sample = samples.find(({ expectationPath }) => expectationPath === path);
    return sample === undefined ? { type: 'nothing' } : { type: 'samples', paths: [sample.path] };
  }
  const known = samples.some((sample) => sample.path === path);
  // What a sample leaves behind, such as its expectation, is a matter of the whole.
  if (known || isSampleName(name)) return gone ? { type: 'all' } : { type: 'samples', paths: [path] };
  return { type: 'all' };
}
