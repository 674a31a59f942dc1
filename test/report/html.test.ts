import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Replay } from '../../src/replay/model.ts';
import { htmlReport } from '../../src/report/html/html.ts';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder } from '../executable.ts';
import { failingRun } from './failing.ts';
import { hostileReport } from './hostile.ts';
import { change, replay, report } from './reports.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** The same run on two versions of dstack. */
const twoVersions: Report = {
  ...failingRun,
  replays: failingRun.replays.flatMap((each) => [{ ...each, dstack: '0.21.2' }, each]),
};

describe('the HTML report', () => {
  it('is one file: it names nothing that a browser would fetch', () => {
    const page = htmlReport(twoVersions);
    expect(page.match(/<(?:link|img|iframe|object|embed|base|form)\b[^>]*>/g)).toEqual([
      '<form id="filters" role="search">',
    ]);
    expect(page).not.toMatch(/\bsrc=|@import|url\(/);
    expect(page).toContain("default-src 'none'");
  });

  it('has the same bytes for the same report', () => {
    expect(htmlReport(structuredClone(twoVersions))).toBe(htmlReport(twoVersions));
  });
});

describe.skipIf(executablePath === undefined)('the HTML report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(() => browser?.close());

  /** Opens a report from a file, offline; whatever the page complains of or asks for goes into `trouble`. */
  async function opened(data: Report, options: Parameters<Browser['newContext']>[0] = {}) {
    const file = join(emptyFolder(), 'report.html');
    writeFileSync(file, htmlReport(data));
    const context = await browser.newContext({ offline: true, ...options });
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) trouble.push(request.url());
    });
    page.on('dialog', (dialog) => {
      trouble.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href);
    return { page, trouble, close: () => context.close() };
  }

  /** What axe finds wrong, as `rule: element`. */
  async function barriers(page: Page): Promise<readonly string[]> {
    // The page's own policy keeps every other script out, so that axe is put in from the outside.
    await page.evaluate(`${axe.source}; undefined`);
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: readonly { id: string; nodes: readonly { html: string }[] }[];
    };
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  const visibleRows = (page: Page) => page.locator('tbody tr[data-row]:visible').count();

  it('shows every replay by sample, context and version, its outcome and verdict in words (needs Chromium)', async () => {
    const { page, trouble, close } = await opened(twoVersions);
    expect(await page.locator('.matrix thead tr').first().locator('th').allTextContents()).toEqual([
      'Sample',
      'admin@main',
      'bob@main',
      'alice@main',
    ]);
    const train = page.locator('tbody tr', { hasText: 'samples/train' });
    expect(
      await train.locator('button').evaluateAll((all) => all.map((each) => each.textContent?.trim())),
    ).toEqual([
      '✗ failed, 2 changes',
      '✗ failed, 2 changes',
      '✗ failed, unchanged',
      '✗ failed, unchanged',
      '✗ failed, crashed !1, 1 finding',
      '✗ failed, crashed !1, 1 finding',
    ]);
    expect(trouble).toEqual([]);
    await close();
  });

  it('shows the difference side by side, the policy that made it and the finding with its explanation (needs Chromium)', async () => {
    const { page, trouble, close } = await opened(twoVersions);
    const train = page.locator('tbody tr[data-row]', { hasText: 'samples/train' }).locator('button');
    await train.first().click();
    expect(await page.locator('#panel .sides').textContent()).toMatch(
      /^ExpectedActual.*another value\/configuration\/max_priceby acme_guard.CostPolicy · src\/acme_guard\/__init__.py:14/,
    );
    const priceCells = page.locator('#panel .different td');
    expect(await priceCells.allTextContents()).toEqual(['removed − 7.5added + 2', 'removed − 7.5added + 3']);
    await page.keyboard.press('Escape');
    await train.last().click();
    expect(await page.locator('#panel').textContent()).toContain("KeyError: 'team'");
    await page.locator('#panel summary').click();
    expect(await page.locator('#panel .why').textContent()).toContain('What a user sees:');
    expect(trouble).toEqual([]);
    await close();
  });

  it('shows the whole spec where it was asked for, with what the policies took and gave (needs Chromium)', async () => {
    const specs = {
      before: { configuration: { type: 'task', max_price: 7.5, env: { TOKEN: '***' } } },
      after: { configuration: { type: 'task', max_price: 2, env: { TOKEN: '***' } } },
    };
    const shown = replay({
      outcome: 'modified',
      changes: [change('/configuration/max_price', 7.5, 2)],
      specs,
    });
    const { page, trouble, close } = await opened(report({ replays: [shown] }));
    await page.locator('tbody tr[data-row] button').click();
    expect(await page.locator('#panel h3').allTextContents()).toEqual([
      'The spec before (-) and after (+) the policies',
    ]);
    expect(await page.locator('#panel pre').textContent()).toBe(
      '  configuration:\n    type: task\n-   max_price: 7.5\n+   max_price: 2\n    env:\n      TOKEN: "***"',
    );
    expect(await barriers(page)).toEqual([]);
    expect(trouble).toEqual([]);
    await close();
  });

  it('is filtered by verdict, by outcome and by words, and says how much is left (needs Chromium)', async () => {
    const { page, close } = await opened(twoVersions);
    expect(await visibleRows(page)).toBe(5);
    await page.getByLabel('✗ failed').check();
    expect(await visibleRows(page)).toBe(1);
    expect(await page.locator('#shown').textContent()).toBe('1 of 5 samples, 6 replays');
    await page.getByLabel('crashed').check();
    expect(await page.locator('#shown').textContent()).toBe('1 of 5 samples, 2 replays');
    await page.getByLabel('✗ failed').uncheck();
    await page.getByLabel('crashed').uncheck();
    await page.locator('#search').fill('max_duration COSTPOLICY');
    expect(await page.locator('tbody tr[data-row]:visible .path').allTextContents()).toEqual([
      'samples/new.dstack.yml',
    ]);
    await page.locator('#search').fill('nothing like it');
    expect(await page.locator('#none').isVisible()).toBe(true);
    await page.locator('#reset').click();
    expect(await visibleRows(page)).toBe(5);
    await page.locator('.finding', { hasText: 'slow' }).getByRole('button').click();
    expect(await page.locator('tbody tr[data-row]:visible .path').allTextContents()).toEqual([
      'samples/slow.dstack.yml',
    ]);
    await close();
  });

  it('works with the keyboard alone (needs Chromium)', async () => {
    const { page, close } = await opened(twoVersions);
    const focused = () => page.evaluate('document.activeElement.textContent.trim()');
    await page.keyboard.press('/');
    await page.keyboard.type('train');
    expect(await visibleRows(page)).toBe(1);
    await page.locator('.scroll').focus();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('✗ failed, 2 changes');
    await page.keyboard.press('End');
    expect(await focused()).toContain('crashed');
    await page.keyboard.press('Enter');
    expect(await page.locator('#panel h2').textContent()).toBe('samples/train.dstack.yml');
    expect(await page.locator('#panel .facts').textContent()).toBe('as alice@main on dstack 0.22.5');
    await page.keyboard.press('p');
    expect(await page.locator('#panel .facts').textContent()).toBe('as alice@main on dstack 0.21.2');
    await page.keyboard.press('Escape');
    expect(await page.locator('#panel').isVisible()).toBe(false);
    expect(await focused()).toContain('crashed');
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toContain('unchanged');
    await close();
  });

  it.each(['light', 'dark'] as const)(
    'has no barrier that axe knows of, in %s mode (needs Chromium)',
    async (colorScheme) => {
      const { page, close } = await opened(twoVersions, { colorScheme });
      expect(await barriers(page)).toEqual([]);
      await page.keyboard.press('n');
      await page.locator('#panel').waitFor();
      expect(await barriers(page)).toEqual([]);
      await page.keyboard.press('Escape');
      for (const summary of await page.locator('main summary').all()) await summary.click();
      expect(await barriers(page)).toEqual([]);
      await close();
    },
  );

  it('fits a phone: nothing but the matrix is wider than the screen (needs Chromium)', async () => {
    const { page, close } = await opened(twoVersions, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.keyboard.press('n');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await close();
  });

  it('prints every replay that is not as it has to be, in full, and no controls (needs Chromium)', async () => {
    const { page, close } = await opened(twoVersions);
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    const printed = await page.locator('#print-details .detail h2').allTextContents();
    expect(printed).toEqual([...Array(3).fill('samples/train.dstack.yml'), 'samples/new.dstack.yml']);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await close();
  });

  it('keeps hostile words text: none becomes an element, runs, or is asked for (needs Chromium)', async () => {
    const { page, trouble, close } = await opened(hostileReport);
    const elements = () =>
      page.evaluate(
        '[...new Set([...document.querySelectorAll("body *")].map((each) => each.localName))].sort().join(" ")',
      );
    const ours = await elements();
    expect(ours).not.toMatch(/\b(?:img|iframe|a a|script script)\b/);
    expect(await page.locator('script').count()).toBe(2);
    for (const cell of await page.locator('.cell').all()) {
      await cell.click();
      expect(await page.locator('#panel script, #panel img, #panel a').count()).toBe(0);
      await page.keyboard.press('Escape');
    }
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('img, main a, iframe').count()).toBe(0);
    expect(await page.evaluate('window.owned')).toBeUndefined();
    const text = await page.evaluate('document.body.textContent');
    expect(text).toContain('<script>window.owned=1</script>');
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}\u202A-\u202E\u200B-\u200F]/u);
    expect(trouble).toEqual([]);
    await close();
  });

  it('opens at 1,000 samples on 2 versions in 3 contexts, finds one of them, and is small enough to be sent (needs Chromium)', async () => {
    const { page, trouble, close } = await opened(manyReplays());
    expect(await page.locator('.cell').count()).toBe(6000);
    await page.locator('#search').fill('samples/team-7/train-777.');
    expect(await visibleRows(page)).toBe(1);
    await page.locator('tbody tr:visible .cell').first().click();
    expect(await page.locator('#panel h2').textContent()).toBe('samples/team-7/train-777.dstack.yml');
    expect(trouble).toEqual([]);
    await close();
  });
});

function manyReplays(): Report {
  const replays = Array.from({ length: 1000 }, (_, sample) =>
    ['alice', 'bob', 'carol'].flatMap((user) =>
      ['0.21.2', '0.22.5'].map(
        (dstack): Replay =>
          replay({
            sample: `samples/team-${sample % 10}/train-${sample}.dstack.yml`,
            user,
            dstack,
            outcome: 'modified',
            verdict: sample % 5 === 0 ? 'new' : 'passed',
            changes: [
              change('/configuration/max_price', 7.5 + sample, 2),
              change('/configuration/tags/owner', undefined, `${user}-${sample}`),
            ],
          }),
      ),
    ),
  );
  return report({ replays: replays.flat() });
}
