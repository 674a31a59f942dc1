import type { Replay } from '../../replay/model.ts';
import { markOf, shortOutcome } from '../judged.ts';
import { versionsOf } from '../labels.ts';
import type { Report } from '../report.ts';
import { bySample } from '../samples.ts';
import { versionChanges } from '../version-changes.ts';
import { counted, verdictWords } from '../words.ts';
import { type Escaped, html, list, raw } from './escaped.ts';
import { contextName, type Details } from './page-data.ts';

const outcomeLabels: Readonly<Record<Replay['outcome'], string>> = {
  unchanged: 'unchanged',
  modified: 'modified',
  rejected: 'rejected',
  crashed: 'crashed',
  invalid: 'invalid',
  'timed-out': 'timed out',
};

/**
 * Samples × contexts × versions of dstack, one cell for each replay: its outcome as a colour and in words, its verdict as a mark and in words
 * for those who hear the page.
 */
export function matrix(report: Report, details: Details): Escaped {
  const { replays } = report;
  if (replays.length === 0) return raw('<section id="samples"><p>Nothing was replayed.</p></section>');
  const samples = [...bySample(replays)];
  const versions = versionsOf(replays);
  const contexts = [...new Set(replays.map(contextName))];
  const several = versions.length > 1;
  const columns = contexts.flatMap((context) => versions.map((version) => ({ context, version })));
  const keyOf = (context: string, version: string): string => JSON.stringify([context, version]);
  const heads = html`<thead><tr><th scope="col"${several ? raw(' rowspan="2"') : raw('')}>Sample</th>${list(
    contexts.map((context) =>
      several
        ? html`<th scope="colgroup" colspan="${versions.length}">${context}</th>`
        : html`<th scope="col">${context}</th>`,
    ),
  )}</tr>${
    several
      ? html`<tr>${list(columns.map(({ version }, index) => html`<th scope="col"${edge(index, versions.length)}>${version}</th>`))}</tr>`
      : raw('')
  }</thead>`;
  const rows = samples.map(([sample, own], row) => {
    const cells = new Map(own.map((replay) => [keyOf(contextName(replay), replay.dstack), replay]));
    const changes = versionChanges(own);
    const [first] = own;
    return html`<tr data-row="${row}"><th scope="row"><span class="path">${sample}</span> <span class="type">${first?.type ?? ''}</span>${list(
      changes.map((text) => html`<span class="change">${text}</span>`),
    )}</th>${list(
      columns.map(({ context, version }, index) => {
        const replay = cells.get(keyOf(context, version));
        if (replay === undefined)
          return html`<td class="none"${edge(index, versions.length)}><span aria-label="not replayed">–</span></td>`;
        return cell(replay, details, edge(index, versions.length));
      }),
    )}</tr>`;
  });
  return html`<section id="samples" aria-labelledby="samples-title"><div class="bar"><h2 id="samples-title">${counted(samples.length, 'sample')}</h2>${filters(replays)}</div>
<p id="shown" role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Replays by sample, context and dstack version"><table id="matrix" class="matrix">${heads}<tbody>
${raw(rows.map(({ text }) => text).join('\n'))}
</tbody></table></div>
<p id="none" hidden>No sample matches. <button type="button" id="reset">Show all</button></p>
</section>`;
}

function cell(replay: Replay, details: Details, at: Escaped): Escaped {
  const mark = markOf([replay]);
  const verdict = replay.verdict === null ? 'not judged' : verdictWords[replay.verdict];
  const warned = replay.findings.length;
  const label = `${verdict}, ${shortOutcome(replay)}${warned === 0 ? '' : `, ${counted(warned, 'finding')}`}`;
  const words =
    replay.outcome === 'modified' ? counted(replay.changes.length, 'change') : outcomeLabels[replay.outcome];
  return html`<td${at}><button type="button" tabindex="-1" class="cell ${replay.outcome}" data-detail="${details.indexOf(replay)}" data-verdict="${replay.verdict ?? 'none'}" title="${label}"><span class="mark" aria-hidden="true">${mark}</span> <span class="sr">${verdict}, </span>${words}${
    warned === 0
      ? raw('')
      : html` <span class="warned" aria-hidden="true">!${warned}</span><span class="sr">, ${counted(warned, 'finding')}</span>`
  }</button></td>`;
}

/** The first column of each context but the first has a line before it. */
function edge(index: number, versions: number): Escaped {
  return raw(versions > 1 && index > 0 && index % versions === 0 ? ' data-edge' : '');
}

function filters(replays: readonly Replay[]): Escaped {
  const count = (of: (replay: Replay) => boolean): number => replays.filter(of).length;
  const chip = (name: string, value: string, text: string, of: (replay: Replay) => boolean): Escaped => {
    const number = count(of);
    return number === 0
      ? raw('')
      : html`<label class="chip ${value}"><input type="checkbox" name="${name}" value="${value}"> ${text} <span class="number">${number.toLocaleString('en')}</span></label>`;
  };
  return html`<form id="filters" role="search"><label class="search"><span class="sr">Search samples, policies, messages and findings</span><input type="search" id="search" placeholder="Search samples, policies, messages, findings" autocomplete="off" spellcheck="false"></label>
<fieldset><legend class="sr">Verdict</legend>${list([
    chip('verdict', 'differs', '✗ failed', ({ verdict }) => verdict === 'differs'),
    chip('verdict', 'new', '+ new', ({ verdict }) => verdict === 'new'),
    chip('verdict', 'updated', '~ updated', ({ verdict }) => verdict === 'updated'),
    chip('verdict', 'passed', '✓ passed', ({ verdict }) => verdict === 'passed'),
    chip('finding', 'any', '! with findings', ({ findings }) => findings.length > 0),
  ])}</fieldset>
<fieldset><legend class="sr">Outcome</legend>${list(
    Object.entries(outcomeLabels).map(([outcome, text]) =>
      chip('outcome', outcome, text, (replay) => replay.outcome === outcome),
    ),
  )}</fieldset></form>`;
}
