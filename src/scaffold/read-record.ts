import { Ajv, type ValidateFunction } from 'ajv';
import schema from '../../schemas/record-1.json' with { type: 'json' };
import { Failure } from '../failure.ts';
import { unportable } from './portable-path.ts';
import { type ProjectRecord, recordPath } from './record.ts';

let validate: ValidateFunction | null = null;

/**
 * Reads a project's record.
 *
 * @param text what is in the file
 * @throws Failure where it isn't what `schemas/record-1.json` allows
 */
export function readRecord(text: string): ProjectRecord {
  const document = parsed(text);
  if (isNewer(document)) {
    throw new Failure({
      code: 'newer-record',
      text: 'This project was made by a newer release of create-dstack-plugin.',
      place: { file: recordPath },
      hint: 'Use that one: npx create-dstack-plugin@latest',
    });
  }
  validate ??= new Ajv({ strict: true }).compile(schema);
  if (!validate(document)) {
    const [first] = validate.errors ?? [];
    throw broken(`${first?.instancePath || 'the file'} ${first?.message ?? 'is wrong'}`);
  }
  // The schema has made sure of it.
  const { tool, scope, answers, files } = document as ProjectRecord;
  const escaping = Object.keys(files).find((path) => unportable(path) !== null);
  if (escaping !== undefined) throw broken(`files has the path ${JSON.stringify(escaping)}`);
  return { tool, scope, answers, files };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken('it is no JSON');
  }
}

function isNewer(document: unknown): boolean {
  return (
    typeof document === 'object' &&
    document !== null &&
    'schema' in document &&
    typeof document.schema === 'number' &&
    document.schema > 1
  );
}

function broken(what: string): Failure {
  return new Failure({
    code: 'invalid-record',
    text: `The record of what this project was made from can't be used: ${what}.`,
    place: { file: recordPath },
    hint: 'Restore it from version control.',
  });
}
