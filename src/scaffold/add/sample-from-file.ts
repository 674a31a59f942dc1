import { isMap, isScalar, parseDocument } from 'yaml';
import { Failure } from '../../failure.ts';
import type { Json } from '../../replay/model.ts';
import type { FileToWrite } from '../operations.ts';
import { sampleNameFrom } from './sample-names.ts';
import { secretsOf } from './secrets.ts';

/** A configuration that somebody applies, to be taken as a sample as it stands. */
export interface ConfigurationFile {
  /** As the user should read it. */
  readonly shown: string;
  /** Its own name and that of its folder. */
  readonly base: string;
  readonly folder: string;
  readonly text: string;
}

/** @throws Failure where the file is no configuration */
export function sampleFromFile(
  { shown, base, folder, text }: ConfigurationFile,
  samples: string,
  wanted: string | null,
): { readonly file: FileToWrite; readonly notes: readonly string[] } {
  // As dstack reads it.
  const document = parseDocument(text, { version: '1.1', merge: true });
  const [error] = document.errors;
  const type = isMap(document.contents) ? document.contents.get('type', true) : undefined;
  if (error !== undefined || !isScalar(type) || typeof type.value !== 'string') {
    throw new Failure({
      code: 'invalid-sample',
      text:
        error === undefined
          ? `${shown} is no configuration of dstack's: it has no \`type\`.`
          : `${shown} isn't YAML: ${error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? ''}.`,
      place: { file: shown, line: error?.linePos?.[0].line },
      hint: 'Name a file as for `dstack apply -f`.',
    });
  }
  const stem = base.replace(/(^|\.)dstack\.ya?ml$|\.ya?ml$/, '');
  const named = isMap(document.contents) ? document.contents.get('name') : null;
  const name = wanted ?? sampleNameFrom(stem !== '' ? stem : typeof named === 'string' ? named : folder);
  const secrets = secretsOf(document.toJS() as Json);
  return {
    file: { path: `${samples}/${name}.dstack.yml`, contents: text },
    notes:
      secrets.length === 0
        ? []
        : [
            `${shown} has values under env, registry_auth or ssh_key, and the sample has them too: take out what is secret before you commit it.`,
          ],
  };
}
