/**
 * JSON escapes the controls below U+0020 by itself. The others that a terminal may act on (C1 controls, bidi, zero width), and `##[` and
 * `##vso[`, on which CI systems act wherever they stand in a log, are only ever inside strings, where an escape means the same.
 */
export function inert(json: string): string {
  return json.replace(/[\u007F-\u009F\u2028\u2029\p{Cf}]|#(?=#(?:vso|teamcity)?\[)/giu, codeUnits);
}

function codeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
