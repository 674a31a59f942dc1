/** What stands where a secret stood. */
export const masked = '***';

/** From this length on, a secret is masked wherever it stands; shorter ones would take half of any text with them. */
const shortestEverywhere = 6;

/**
 * Returns a function that masks secrets of six characters or more in a text: as they are, as JSON and Python write them in one line, as part
 * of a URL, and line by line where they have several (SSH keys). Where occurrences overlap, all of them go.
 */
export function textMask(secrets: Iterable<string>): (text: string) => string {
  const needles = new Set<string>();
  for (const secret of secrets) {
    for (const form of formsOf(secret)) if (form.length >= shortestEverywhere) needles.add(form);
  }
  // Longest first, so that a secret that holds another one is found as a whole.
  const ordered = [...needles].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return (text) => replaced(text, occurrences(text, ordered));
}

function* formsOf(secret: string): Generator<string> {
  // Without the white space around it, which logs cut or add to (the last line end of a key).
  const whole = secret.trim();
  yield whole;
  yield* escaped(whole);
  if (whole !== '' && whole.length < shortestEverywhere) yield secret;
  const lines = whole.split(/\r\n|\r|\n/);
  if (lines.length === 1) return;
  yield lines.join('\n');
  yield lines.join('\r\n');
  yield* escaped(lines.join('\n'));
  for (const line of lines) {
    yield line.trim();
    yield* escaped(line.trim());
  }
}

/** A secret as `JSON.stringify`, Python's `json.dumps`, Python's `repr` and a URL hold it. */
function* escaped(secret: string): Generator<string> {
  const json = JSON.stringify(secret).slice(1, -1);
  yield json;
  yield json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const repr = json.replaceAll('\\"', '"');
  yield repr;
  yield repr.replaceAll("'", "\\'");
  if (!/\p{Cs}/u.test(secret)) yield encodeURIComponent(secret);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function occurrences(text: string, needles: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      spans.push({ start: at, end: at + needle.length });
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}

function replaced(text: string, spans: readonly Span[]): string {
  let result = '';
  let position = 0;
  let masking = 0;
  for (const { start, end } of spans) {
    if (start >= masking) {
      result += text.slice(position, start) + masked;
      masking = end;
    } else {
      masking = Math.max(masking, end);
    }
    position = masking;
  }
  return result + text.slice(position);
}
