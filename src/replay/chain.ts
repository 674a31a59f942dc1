import { isAbsolute, relative, sep } from 'node:path';
import type { ChainPolicy } from '../engine/protocol.ts';
import type { Kind, PolicyPlace } from './model.ts';

/** The policies that the server would call, in its order; what steps and facts say of a policy is its place among them. */
export interface Chain {
  /** The project's folder, absolute: places below it are the author's. */
  readonly root: string;
  /** Empty where the worker couldn't tell. */
  readonly policies: readonly ChainPolicy[];
}

/** The policy at a place in the chain, at the hook that dstack calls for this kind of spec; null where there is none. */
export function policyAt({ root, policies }: Chain, index: number, kind: Kind): PolicyPlace | null {
  const policy = policies[index];
  if (policy === undefined) return null;
  const hook = policy.hooks[`on_${kind}_apply`] ?? policy.hooks['on_apply'];
  return placeBelow(root, { name: policy.name, ...(hook ?? { file: policy.file, line: policy.line }) });
}

/** A place as the author knows it: the file relative to the root, with `/`. Outside of the root there is none, and so no line either. */
export function placeBelow<T extends { readonly file: string | null; readonly line: number | null }>(
  root: string,
  place: T,
): T {
  const path = place.file === null ? '..' : wayFrom(root, place.file);
  const outside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  return outside
    ? { ...place, file: null, line: null }
    : { ...place, file: path.split(sep).join('/'), line: place.line };
}

/** `relative`, asked only where the file doesn't plainly lie below the root: it is asked of every change and every finding. */
function wayFrom(root: string, file: string): string {
  const below = file.startsWith(`${root}${sep}`) ? file.slice(root.length + 1) : '';
  const isPlain = !/(?:^|[\\/])\.{0,2}(?:[\\/]|$)/.test(below);
  return isPlain ? below : relative(root, file);
}
