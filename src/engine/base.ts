import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { at } from '../target/pyproject.ts';
import type { Target } from '../target/target.ts';
import type { DstackChoice } from './choose-dstack.ts';
import type { ProjectFiles } from './requirements.ts';

/**
 * Whether the environment of a project may be made upon one that holds dstack alone and that all projects share: it is then what an
 * empty one would become, as long as nothing is replaced. Where the project says where packages come from, or which of them, it is made
 * from nothing.
 */
export function mayShareBase(target: Target, choice: DstackChoice, { pyproject }: ProjectFiles): boolean {
  return (
    target.kind === 'package' &&
    choice.version !== null &&
    at(pyproject, 'tool', 'uv') === undefined &&
    !target.dependencyFiles.some((file) => file.startsWith('..') || /(^|\/)uv\.lock$/.test(file)) &&
    !existsSync(join(target.root, 'uv.toml'))
  );
}

/** What belongs to one environment alone: its manifest, the lock that uv takes in it, and what was learned in it. */
const own: ReadonlySet<string> = new Set(['engine.json', '.lock', 'offer.json', 'outside.json']);

/** A second environment with the contents of a first, whose files are the same ones on the disk where that is possible. */
export function cloneEnvironment(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  clone(from, to, own);
}

function clone(from: string, to: string, without: ReadonlySet<string>): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (without.has(entry.name)) continue;
    const [source, place] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) clone(source, place, none);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), place);
    else linkOrCopy(source, place);
  }
}

const none: ReadonlySet<string> = new Set();

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
