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

/**
 * A second environment with the contents of a first but for its bytecode, which somebody may be writing: see {@link shareBytecode}. Files are the
 * same ones on the disk where that is possible.
 */
export function cloneEnvironment(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  clone(from, to, own);
}

function clone(from: string, to: string, without: ReadonlySet<string>): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (without.has(entry.name)) continue;
    const [source, place] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) clone(source, place, bytecode);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), place);
    else linkOrCopy(source, place);
  }
}

const bytecode: ReadonlySet<string> = new Set(['__pycache__']);

/** Gives a clone the bytecode that there is of the environment by now. */
export function shareBytecode(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isDirectory() || !existsSync(to)) continue;
    const [source, place] = [join(from, entry.name), join(to, entry.name)];
    if (bytecode.has(entry.name)) linkMissing(source, place);
    else shareBytecode(source, place);
  }
}

function linkMissing(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const there = new Set(readdirSync(to));
  // What is being written has another ending until it is whole.
  for (const name of readdirSync(from))
    if (name.endsWith('.pyc') && !there.has(name)) linkOrCopy(join(from, name), join(to, name));
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
