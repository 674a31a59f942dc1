import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { micromark } from 'micromark';
import { textAndPage } from '../../replay/findings/finding.ts';
import { explanations } from '../explanations.ts';
import { findingGroups } from '../finding-groups.ts';
import { inert } from '../inert-json.ts';
import { versionsOf } from '../labels.ts';
import { nextSteps } from '../next-steps.ts';
import { nothingReplayed } from '../nothing-replayed.ts';
import type { Report } from '../report.ts';
import { summaryParts } from '../summary-text.ts';
import { counted, placeText } from '../words.ts';
import { type Escaped, html, list, raw } from './escaped.ts';
import { matrix } from './matrix.ts';
import { detailsOf } from './page-data.ts';

/**
 * The report as one page that needs nothing else: no network, no other file. What it shows of the project is text to it; a policy in its head
 * lets the browser run this page's own script and nothing else, whatever the text says.
 */
export function htmlReport(report: Report): string {
  const style = asset('style.css');
  const script = asset('page.js');
  const details = detailsOf(report);
  const name = report.target?.name ?? 'create-dstack-plugin test';
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // In a script's element only `<` could end it or begin a comment.
  const data = inert(JSON.stringify(details.details)).replaceAll('<', '\\u003c');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="create-dstack-plugin ${report.tool}">
<title>${verdictWord(report)}: ${name} – replays of samples through dstack</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#samples">To the samples</a>
${header(report, name)}
<main>
${stepsSection(report)}
${errorsSection(report)}
${findingsSection(report)}
${obsoleteSection(report)}
${matrix(report, details)}
<section id="print-details" hidden></section>
</main>
<aside id="panel" aria-labelledby="panel-title" hidden tabindex="-1"></aside>
<footer>
<p>Made by create-dstack-plugin ${report.tool} with dstack’s own code. Secrets that samples hold are shown as <code>***</code>.</p>
<p class="keys">Keys: <kbd>/</kbd> search · arrows move through the matrix · <kbd>Enter</kbd> opens a replay · <kbd>n</kbd> and <kbd>p</kbd> next and previous failure · <kbd>Esc</kbd> closes</p>
</footer>
<noscript><p>This page’s script shows the details of a replay; without it, the matrix and the findings are all there is.</p></noscript>
<script type="application/json" id="details">${raw(data)}</script>
<script>${raw(script)}</script>
</body>
</html>
`.text;
}

function header(report: Report, name: string): Escaped {
  const { target } = report;
  const versions = versionsOf(report.replays);
  const facts = [
    ...(target === null || target.plugins.length === 0
      ? []
      : [`${target.plugins.length === 1 ? 'plugin' : 'plugins'} ${target.plugins.join(', ')}`]),
    ...(target?.url === undefined ? [] : [target.url]),
    ...(versions.length === 0 ? [] : [`dstack ${versions.join(', ')}`]),
  ];
  const { parts, end } = summaryParts(report);
  const passed = report.exitCode === 0;
  return html`<header class="${passed ? 'good' : 'bad'}">
<p class="verdict"><span aria-hidden="true">${passed ? '✓' : '✗'}</span> ${verdictWord(report)}</p>
<h1>${name}</h1>
<p class="facts">${list(facts.map((fact) => html`<span>${fact}</span>`))}</p>
<ul class="sums" aria-label="Sums">${list(parts.map(({ text, tone }) => html`<li class="tone-${tone}">${text}</li>`))}<li>${end}</li></ul>
</header>`;
}

function verdictWord({ exitCode }: Report): string {
  return exitCode === 0 ? 'Passed' : exitCode === 130 || exitCode === 143 ? 'Interrupted' : 'Failed';
}

function stepsSection(report: Report): Escaped {
  const steps = nextSteps(report);
  if (steps.length === 0) return raw('');
  return html`<section class="steps" aria-labelledby="steps"><h2 id="steps">What to do next</h2><ul>${list(
    steps.map(
      ({ text, command }) =>
        html`<li>${text}${command === null ? raw('') : html` <code>${command.join(' ')}</code>`}</li>`,
    ),
  )}</ul></section>`;
}

function errorsSection(report: Report): Escaped {
  const errors = [...report.errors, ...nothingReplayed(report)];
  if (errors.length === 0) return raw('');
  return html`<section aria-labelledby="errors"><h2 id="errors">Errors</h2>${list(
    errors.map(
      (error) =>
        html`<article class="error"><h3>✗ <code>${placeText(error) ?? error.code}</code></h3><p class="lines">${error.text}</p>${
          error.hint === null ? raw('') : html`<p class="lines hint">→ ${error.hint}</p>`
        }${error.details === null ? raw('') : html`<details><summary>Details</summary><pre tabindex="0">${error.details}</pre></details>`}</article>`,
    ),
  )}</section>`;
}

function findingsSection(report: Report): Escaped {
  const groups = findingGroups(report);
  if (groups.length === 0) return raw('');
  const known = explanations();
  const codes = [...new Set(groups.map(({ finding }) => finding.code))];
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${list(
    codes.map((code) => {
      const own = groups.filter(({ finding }) => finding.code === code);
      const severity = own.some(({ finding }) => finding.severity === 'error') ? 'error' : 'warning';
      const why = known.get(code)?.whole;
      return html`<article class="finding ${severity}"><h3><span class="badge">${severity === 'error' ? '✗ error' : '! warning'}</span> ${code}</h3><ul>${list(
        own.map(
          ({ finding, samples }) =>
            html`<li>${textAndPage(finding).text} ${place(finding)}${
              samples.length === 0
                ? raw('')
                : html` <button type="button" class="show" data-search="${code}">${samples.length === 1 ? (samples[0] ?? '') : counted(samples.length, 'sample')}</button>`
            }</li>`,
        ),
      )}</ul>${
        // The documentation is this tool's own, and micromark lets no HTML through.
        why === undefined
          ? raw('')
          : html`<details class="why"><summary>What it means</summary><div id="why-${code}">${raw(explained(why))}</div></details>`
      }</article>`;
    }),
  )}</section>`;
}

function obsoleteSection({ obsolete }: Report): Escaped {
  if (obsolete.length === 0) return raw('');
  return html`<section aria-labelledby="obsolete"><h2 id="obsolete">Obsolete expectations</h2><ul>${list(
    obsolete.map(
      ({ file, removed }) =>
        html`<li><code>${file}</code> ${removed ? 'removed: its sample is gone' : 'its sample is gone'}</li>`,
    ),
  )}</ul></section>`;
}

function place(at: { readonly file: string | null; readonly line: number | null }): Escaped {
  const text = placeText(at);
  return text === null ? raw('') : html`<code class="place">${text}</code>`;
}

/** Blocks of code can be scrolled, and so have to be reachable by the keyboard. */
function explained(markdown: string): string {
  return micromark(markdown).replaceAll('<pre>', '<pre tabindex="0">');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** A file of the page: beside this source, or in the bundle's folder. */
function asset(name: string): string {
  for (const folder of ['./page/', './html-page/']) {
    try {
      return readFileSync(new URL(folder + name, import.meta.url), 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error(`the page's ${name} is not beside this tool`);
}
