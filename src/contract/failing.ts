import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingCode } from '../replay/findings/codes.ts';
import type { Kind } from '../replay/model.ts';
import { shellQuote } from '../terminal/shell.ts';
import { type ExactObject, writeExact } from './exact.ts';

/** A request that the service gets wrong, for people to send again. */
export interface FailingRequest {
  /** Of the finding that it shows. */
  readonly code: FindingCode;
  readonly kind: Kind;
  /** The stem of its files: `contract-canary-changed-run`. */
  readonly name: string;
  readonly url: string;
  readonly body: string;
  /** Null where no sample can be made of it: dstack itself never sends such a request. */
  readonly spec: ExactObject | null;
}

/** A body that is longer is read from a file. */
const inline = 4000;

/**
 * The request as a command for a POSIX shell. A long body is read from `NAME.request.json` in the folder that {@link saveFailing} wrote it to, or
 * in the one where the command is run.
 */
export function curlCommand({ url, body, name }: FailingRequest, folder = '.'): string {
  const data = body.length > inline ? `@${join(folder, requestName(name))}` : body;
  const words = [
    'curl',
    '--noproxy',
    '*',
    '--header',
    'Content-Type: application/json',
    '--data-binary',
    data,
    url,
  ];
  return words.map((word) => shellQuote(word, 'linux')).join(' ');
}

/**
 * Writes what can be replayed as `NAME.spec.json`, and bodies that are too long for a command as `NAME.request.json`. No file is overwritten: what
 * has the name of one that is there gets a number.
 *
 * @param folder absolute; it exists
 * @returns the files written, absolute
 */
export function saveFailing(folder: string, failing: readonly FailingRequest[]): readonly string[] {
  const written: string[] = [];
  for (const { name, body, spec } of failing) {
    if (spec !== null) written.push(writeNew(folder, name, '.spec.json', `${writeExact(spec, '  ')}\n`));
    if (body.length > inline) written.push(writeNew(folder, name, '.request.json', body));
  }
  return written;
}

function requestName(name: string): string {
  return `${name}.request.json`;
}

function writeNew(folder: string, name: string, ending: string, content: string): string {
  for (let number = 1; ; number++) {
    const file = join(folder, `${name}${number === 1 ? '' : `-${number}`}${ending}`);
    try {
      writeFileSync(file, content, { flag: 'wx' });
      return file;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
