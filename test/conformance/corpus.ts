import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));

/** The plugin whose policies change, refuse and fail over the corpus, and its entry points. */
export const corpusPlugin = fileURLToPath(new URL('../fixtures/corpus-plugin', import.meta.url));
export const corpusPlugins = ['corpus_limits', 'corpus_labels', 'corpus_misfits'];

/**
 * Writes the corpus as it can be sent to a server: with a private key that is one, and with the image that a server doesn't ask a registry
 * about.
 *
 * @param newer also what only dstack 0.22.5 knows
 * @returns the files, absolute
 */
export function writeCorpus(into: string, newer: boolean): readonly string[] {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  mkdirSync(into, { recursive: true });
  return [corpus, ...(newer ? [join(corpus, 'newer')] : [])].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.dstack.yml'))
      .sort()
      .map((name) => {
        const file = join(into, name);
        const text = readFileSync(join(folder, name), 'utf8')
          .replaceAll(/^( *image:) .*$/gm, '$1 scratch')
          .replaceAll('<PRIVATE_KEY>', JSON.stringify(privateKey));
        writeFileSync(file, text);
        return file;
      }),
  );
}
