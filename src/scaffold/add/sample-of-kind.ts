import { parseDocument } from 'yaml';
import type { FileToWrite } from '../operations.ts';
import type { Templates } from '../templates.ts';
import type { SampleKind } from './sample-kinds.ts';

/** A sample of a kind, with the name that somebody chose for it. */
export function sampleOfKind(
  kind: SampleKind,
  name: string,
  samples: string,
  templates: Templates,
): FileToWrite {
  for (const { path, contents } of templates.base) {
    if (!path.startsWith('samples/') || typeof contents !== 'string') continue;
    const document = parseDocument(contents);
    if (document.get('type') !== kind) continue;
    document.set('name', name);
    return { path: `${samples}/${name}.dstack.yml`, contents: document.toString({ lineWidth: 0 }) };
  }
  throw new Error(`There is no sample of a ${kind}`);
}
