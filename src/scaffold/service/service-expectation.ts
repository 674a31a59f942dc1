import { isMap, isScalar, isSeq, type Node, visit } from 'yaml';
import { Edits } from '../../replay/expectation/edits.ts';
import { blockPairs, columnOf, type PlacedPair } from '../../replay/expectation/layout.ts';
import { parseSource } from '../../replay/expectation/source.ts';
import { renderPair } from '../../replay/expectation/yaml.ts';
import { rejectionPrefix } from '../expectations.ts';

/**
 * What is expected of a package, said of a plugin service that serves its policies: dstack puts words before the message of a rejection. All
 * else stays byte by byte.
 *
 * @param path as a person should read it
 * @returns null where it can't be told what dstack would say, or the file's layout doesn't let it be edited pair by pair
 * @throws Failure where the file isn't YAML
 */
export function serviceExpectation(path: string, text: string): string | null {
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const { document } = parseSource(path, ended);
  if (document.contents === null) return text;
  if (!isSeq(document.contents) || hasReferences(document)) return null;
  const edits = new Edits(ended);
  for (const entry of document.contents.items) {
    if (!isMap(entry)) return null;
    if (!isRejection(entry)) continue;
    const pairs = blockPairs(ended, entry);
    if (pairs === null) return null;
    const spoken = pairs.find(({ key }) => key === 'message' || key === 'message_matches');
    const message = spoken === undefined ? null : textOf(spoken);
    // Without words the service finds some of its own.
    if (spoken === undefined || message === null || message === '') return null;
    const value = spoken.key === 'message' ? rejectionPrefix.rest + message : patternFor(message);
    if (value === null) return null;
    const indent = columnOf(ended, spoken.range.start);
    edits.replace(spoken.range, renderPair(spoken.key, value, indent, spoken.written).slice(indent));
  }
  return edits.apply();
}

function isRejection(entry: unknown): boolean {
  if (!isMap<Node, Node | null>(entry)) return false;
  return entry.items.some(
    ({ key, value }) =>
      isScalar(key) && key.value === 'outcome' && isScalar(value) && value.value === 'rejected',
  );
}

/** Anchors and aliases: what stands at one place may be meant for another. */
function hasReferences(document: Parameters<typeof visit>[0]): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
    Node(_, node) {
      if (!('anchor' in node) || node.anchor === undefined) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function textOf({ value }: PlacedPair): string | null {
  return isScalar(value) && typeof value.value === 'string' ? value.value : null;
}

/**
 * A pattern is found anywhere in a message, so that only where it speaks of the beginning it has to know of the words before it.
 *
 * @returns null where its flags let a beginning be that of any line
 */
function patternFor(pattern: string): string | null {
  const tokens =
    /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]])*\]|\(\?[imsU-]+[:)]|\^/g;
  const found = pattern.match(tokens) ?? [];
  if (!found.some(isBeginning)) return pattern;
  if (found.some((token) => /^\(\?[^:)]*m/.test(token))) return null;
  if (/^\^[^|]*$/.test(pattern) && found.filter(isBeginning).length === 1) {
    return `^${rejectionPrefix.rest}${pattern.slice(1)}`;
  }
  return pattern.replace(tokens, (token) => (isBeginning(token) ? `(?:^${rejectionPrefix.rest})` : token));
}

function isBeginning(token: string): boolean {
  return token === '^' || token === '\\A';
}
