import { printable } from '../terminal/printable.ts';
import { hanging } from './hanging.ts';
import type { Page } from './page.ts';
import type { ReportContract } from './report.ts';
import { counted } from './words.ts';

/** How a plugin service was held to the contract, what wasn't looked at, and the requests that it gets wrong, each to be sent again. */
export function contractLines(contract: ReportContract | null | undefined, page: Page): string[] {
  if (contract == null) return [];
  const { unchecked, failing, saved } = contract;
  const { ink } = page;
  return [
    ...hanging('contract', sumText(contract), page, { indent: 0, body: 2, colour: ink.bold }),
    ...unchecked.flatMap((sentence) =>
      hanging('not checked:', sentence, page, { indent: 2, body: 4, colour: ink.yellow }),
    ),
    ...failing.flatMap(({ code, kind, curl }) => [
      ...hanging('again:', `${code}, on a ${kind}`, page, { indent: 2, body: 4, colour: ink.dim }),
      // Whole on one line, so that it can be copied as it stands.
      `    ${printable(curl)}`,
    ]),
    ...(saved.length === 0
      ? []
      : hanging('saved:', saved.join(', '), page, { indent: 2, body: 4, colour: ink.dim })),
  ];
}

/** `dstack 0.22.5, seed 1: 483 requests, 180 of them generated specs; 95 % answered within 12 ms` */
function sumText({ dstack, seed, requests, checked, generated, p95 }: ReportContract): string {
  const what = `dstack ${dstack}, seed ${seed}: ${counted(requests, 'request')}, ${counted(checked, 'answer')} checked, ${counted(generated, 'generated spec')}`;
  return p95 === null ? what : `${what}; 95 % answered within ${Math.ceil(p95).toLocaleString('en')} ms`;
}
