import type { Replay, ServiceAnswer } from '../replay/model.ts';
import { printable } from '../terminal/printable.ts';
import { hanging } from './hanging.ts';
import { detailLines } from './log-lines.ts';
import type { Page } from './page.ts';
import { counted } from './words.ts';

/** The longest body that is shown, in characters: what dstack couldn't use is seldom long. */
const longestShown = 800;

/**
 * What a plugin service answered, as it was sent: a line for each answer, and the body where dstack could make nothing of it.
 *
 * @param field the column where the label begins
 * @param body the column where its text begins
 */
export function answerLines(
  { answers = [], findings }: Replay,
  page: Page,
  { field, body }: { readonly field: number; readonly body: number },
): string[] {
  const layout = { indent: field, body, colour: page.ink.dim };
  return answers.flatMap((answer, index) => {
    const phase = answers.length > 1 ? `to the ${answer.phase}: ` : '';
    const label = index === 0 ? 'answered' : '';
    const text = `${phase}${answerText(answer)}`;
    return [
      ...hanging(label, text, page, layout),
      ...(isUsable(answer) && findings.every(({ severity }) => severity === 'warning')
        ? []
        : bodyLines(answer, page, body)),
    ];
  });
}

/** `HTTP 422, application/json, 64 characters, 3 ms` */
export function answerText({ status, headers, body, error, milliseconds }: ServiceAnswer): string {
  const time = `${Math.round(milliseconds).toLocaleString('en')} ms`;
  if (status === null) return `nothing after ${time}: ${error ?? 'no reason is known'}`;
  const header = (name: string): string | undefined =>
    headers.find(([each]) => each.toLowerCase() === name)?.[1];
  const parts = [
    `HTTP ${status}`,
    header('content-type') ?? 'no Content-Type',
    body === null ? 'no whole body' : body === '' ? 'no body' : counted(body.length, 'character'),
    time,
    ...(error === null ? [] : [error]),
  ];
  return printable(parts.join(', '));
}

function isUsable({ status, body }: ServiceAnswer): boolean {
  return status === 200 && body !== null && body.startsWith('{');
}

function bodyLines({ body }: ServiceAnswer, page: Page, indent: number): string[] {
  if (body === null || body.trim() === '') return [];
  const shown = body.length > longestShown ? `${body.slice(0, longestShown)}…` : body;
  return detailLines(shown, page, indent);
}
