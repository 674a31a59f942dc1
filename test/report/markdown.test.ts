import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../../src/replay/against-past.ts';
import { againstReport } from '../../src/report/against.ts';
import { code, fenced, prose } from '../../src/report/markdown/inert.ts';
import { markdownReport, markdownWithin } from '../../src/report/markdown/markdown.ts';
import { printable } from '../../src/terminal/printable.ts';
import { failingRun } from './failing.ts';
import { hostileReport, hostileWords } from './hostile.ts';
import { replay, report } from './reports.ts';

/** What GitHub's Markdown makes of a text. */
function html(markdown: string): string {
  return micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  });
}

/** The elements of a page, each once. */
function elements(page: string): readonly string[] {
  return [...new Set([...page.matchAll(/<([a-z][\w-]*)/gi)].map(([, name = '']) => name))].sort();
}

function textOf(page: string): string {
  return page
    .replace(/<!--.*?-->|<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

const awkward = [
  'plain',
  'max_price',
  'a|b',
  'a\\|b',
  'a\\\\|b|',
  '`',
  '``a`',
  ' a ',
  '*x* **y** _z_ ~~w~~',
  '<b>&amp;</b>',
  '[a](b) ![c](d)',
  '# 1. - +',
  'x@y.org www.example.org https://example.org',
  '$a$',
  '\\',
  hostileWords,
];

describe('text in Markdown', () => {
  it.each(awkward)('is code as it was said, also in a table: %j', (text) => {
    const page = html(`| a | b |\n| --- | --- |\n| x | ${code(text)} | y |\n`);
    const cells = [...page.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell = '']) => cell);
    expect(cells).toHaveLength(2);
    expect(textOf(cells[1] ?? '')).toBe(printable(text));
    expect(elements(cells[1] ?? '')).toEqual(text === '\\' ? ['code'] : ['code']);
  });

  it.each(awkward)('is a sentence as it was said, without any element: %j', (text) => {
    for (const page of [html(`x ${prose(text)}`), html(`| a |\n| --- |\n| x ${prose(text)} |\n`)]) {
      expect(textOf(page)).toContain(printable(text.trim().replace(/\s*\r?\n\s*/g, ' ')));
      expect(elements(page).filter((name) => !/^(?:p|table|thead|tbody|t[rhd])$/.test(name))).toEqual([]);
    }
  });

  it.each(awkward)('stays in its block: %j', (text) => {
    expect(elements(html(fenced([printable(text), '```', '~~~~'])))).toEqual(['code', 'pre']);
  });
});

describe('the Markdown report', () => {
  it('says what is wrong, in tables and with the details below', () => {
    expect(markdownReport(failingRun)).toMatchSnapshot();
  });

  it('of a passed run is short', () => {
    expect(markdownReport(report({ replays: [replay({})] }))).toMatchSnapshot();
  });

  it('keeps hostile words text: no link, no image, no script, no heading of theirs', () => {
    const text = markdownReport(hostileReport);
    const page = html(text);
    expect(elements(page)).toEqual([
      'br',
      'code',
      'details',
      'h2',
      'h3',
      'li',
      'p',
      'pre',
      'strong',
      'summary',
      'table',
      'tbody',
      'td',
      'th',
      'thead',
      'tr',
      'ul',
    ]);
    expect(page.match(/<h\d>/g)).toHaveLength(6);
    expect(page).not.toMatch(/<a |<img|<script|@someone(?!<\/code>)(?=[^`]*<\/p>)/);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200B-\u200F\u202A-\u202E]/u);
    expect(text).not.toMatch(/^\s*::[\w-]+.*::|##(?:vso|teamcity)?\[/im);
  });

  it('keeps to a limit, says what is left out, and stays whole Markdown', () => {
    const many = report({
      replays: Array.from({ length: 3000 }, (_, index) =>
        replay({
          sample: `samples/${index}.dstack.yml`,
          outcome: 'crashed',
          verdict: 'differs',
          message: 'é'.repeat(200),
        }),
      ),
    });
    for (const limit of [700, 5000, 100_000]) {
      const text = markdownWithin(many, limit);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
      expect(text).toContain('**3,000 failed · 3,000 replays**');
      expect(text).toMatch(/more (?:differences|samples|replays) left out here/);
      expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    }
  });
});

describe('the comparison with the past', () => {
  it('holds whatever a plugin or a sample says as text', () => {
    const [before, now] = [
      hostileReport.replays,
      hostileReport.replays.map((each) => ({ ...each, outcome: 'rejected' as const })),
    ];
    const text = againstReport({
      name: hostileWords,
      reference: hostileWords,
      commit: '0123abcd',
      pairs: pairsOf(before, now),
      blocked: now.map((each) => ({ replay: each, refusal: hostileWords })),
      errors: hostileReport.errors,
    });
    expect(elements(html(text))).toEqual(expect.not.arrayContaining(['script', 'img', 'a', 'details', 'h1']));
    expect(text).not.toMatch(/^\s*::/m);
    expect(printable(text.replaceAll('\n', ''))).toBe(text.replaceAll('\n', ''));
  });
});
