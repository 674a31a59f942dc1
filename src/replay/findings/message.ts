/** More than fits on a screen. */
const longest = 1000;

const bareTypeName = /^(?:<class '[^']*'>|NoneType|[A-Za-z_][\w.]*(?:Error|Exception|Warning)(?:\(\))?:?)$/;
// Line ends and tabs are the author's layout; whatever else a terminal acts on is a mistake, or worse.
const control = /(?![\n\t]|\r\n)\p{Cc}/u;

/** Why a message of a rejection helps nobody, as the end of a sentence; null where it may well help. */
export function poorBecause(message: string): string | null {
  const text = message.trim();
  if (bareTypeName.test(text)) return 'is the bare name of a type';
  if (text.includes('Traceback (most recent call last)')) return 'is a traceback';
  if (text.length > longest) return `has ${text.length.toLocaleString('en')} characters`;
  if (control.test(text)) return 'has control characters in it, on which terminals act';
  return null;
}
