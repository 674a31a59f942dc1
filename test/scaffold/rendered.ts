import { parseTemplate } from '../../src/scaffold/parse-template.ts';
import { render } from '../../src/scaffold/render.ts';
import type { View } from '../../src/scaffold/values.ts';

/** A template's text, filled in. */
export function rendered(template: string, view: View): string {
  return render(parseTemplate(template), view);
}
