import { printableLines } from '../../terminal/printable.ts';

/** HTML whose text from outside is escaped already. */
export interface Escaped {
  readonly text: string;
}

/** A template of HTML: what is filled in is text, unless it is {@link Escaped}. Attributes have to be written in double quotes. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Escaped)[]
): Escaped {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) {
    text += typeof value === 'object' ? value.text : escapeText(String(value));
    text += parts[index + 1] ?? '';
  }
  return { text };
}

/** HTML that this tool wrote. */
export function raw(text: string): Escaped {
  return { text };
}

export function list(items: readonly Escaped[]): Escaped {
  return { text: items.map(({ text }) => text).join('') };
}

function escapeText(text: string): string {
  return printableLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
