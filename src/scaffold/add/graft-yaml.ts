import { type Document, isMap, isSeq, parseDocument } from 'yaml';

/**
 * Puts into a YAML file what a generated one has more: keys of its top level, and items of its lists, which are told apart by what
 * `identify` says of them. Comments and layout stay.
 *
 * @returns the text, the same where everything is there; null where the file is no plain mapping, or a key of it holds something else
 */
export function graftYaml(
  text: string,
  generated: string,
  identify: (item: unknown) => string,
): string | null {
  const document: Document = parseDocument(text);
  const more: Document = parseDocument(generated);
  if (document.errors.length > 0 || !isMap(more.contents)) return null;
  if (document.contents === null) return text.trim() === '' ? generated : null;
  if (!isMap(document.contents)) return null;
  let changed = false;
  for (const { key, value } of more.contents.items) {
    const there = document.get(key, true);
    if (there === undefined) {
      document.contents.items.push(document.createPair(key, value));
      changed = true;
    } else if (isSeq(there) && isSeq(value)) {
      const found = new Set(there.items.map((item) => identify(plain(item, document))));
      const missing = value.items.filter((item) => !found.has(identify(plain(item, more))));
      there.items.push(...missing);
      changed ||= missing.length > 0;
    } else if (identify(plain(there, document)) !== identify(plain(value, more))) return null;
  }
  if (!changed) return text;
  const indentSeq = !/^[\w-]+:[^\n]*\n- /m.test(text);
  const result = document.toString({ lineWidth: 0, indentSeq, flowCollectionPadding: /\{ /.test(text) });
  return parseDocument(result).errors.length > 0 ? null : result;
}

function plain(node: unknown, document: Document): unknown {
  return typeof node === 'object' && node !== null && 'toJS' in node && typeof node.toJS === 'function'
    ? node.toJS(document)
    : node;
}
