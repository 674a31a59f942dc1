/** What a text of the user's comes to: the text as it is used, or why it isn't taken (one sentence, safe to print). */
export type TextCheck =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string };

/** Package indexes end a description at 512 characters; nobody reads as many. */
const longestDescription = 300;
const longestName = 100;
/** RFC 5321, 4.5.3.1. */
const longestEmail = 254;

/** A description: one line of any text. */
export function checkDescription(typed: string): TextCheck {
  return checkLine('description', typed, longestDescription);
}

/** An author's name: one line of any text. */
export function checkAuthor(typed: string): TextCheck {
  return checkLine("author's name", typed, longestName);
}

// RFC 5322's dot-atom on the left, a host on the right: Python's `email` refuses anything else when a package is built.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const email = new RegExp(`^${atom}(?:\\.${atom})*@${label}(?:\\.${label})*$`);

/** An e-mail address as package indexes take it. */
export function checkEmail(typed: string): TextCheck {
  const value = typed.trim();
  if (email.test(value) && value.length <= longestEmail) return { ok: true, value };
  return { ok: false, reason: "That is no e-mail address that a package's metadata takes." };
}

function checkLine(what: string, typed: string, longest: number): TextCheck {
  const value = typed.trim();
  if (value === '') return { ok: false, reason: `The ${what} is empty.` };
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value))
    return { ok: false, reason: `The ${what} has line breaks or control characters in it.` };
  if (value.length > longest)
    return { ok: false, reason: `The ${what} is longer than ${longest} characters.` };
  return { ok: true, value };
}
